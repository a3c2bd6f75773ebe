// Waits for the actions that are armed in the agent, by watching their folder: node wait-for-fault.ts fired|spent
// Exits with 0 when an action has fired (fired) or none is left (spent), with 1 when this cannot happen any more.
import { existsSync, watch } from 'node:fs'

const folder = '/run/faults'
/** Time for the writes that follow the answer to a request. */
const spentTimeoutMs = 3_000

const fileExists = (name: string) => existsSync(`${folder}/${name}`)
const exitCodes = {
  fired: () => (fileExists('fired') ? 0 : fileExists('answered') ? 1 : null),
  spent: () => (fileExists('armed') ? null : 0),
}
const exitCode = process.argv[2] === 'fired' ? exitCodes.fired : exitCodes.spent

if (process.argv[2] === 'spent') setTimeout(() => process.exit(1), spentTimeoutMs)
exitIfDecided()
watch(folder, exitIfDecided)
// Look again: the watch does not report what happened before it.
exitIfDecided()

function exitIfDecided() {
  const code = exitCode()
  if (code !== null) process.exit(code)
}
