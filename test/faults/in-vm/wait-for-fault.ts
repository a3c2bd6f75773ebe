// Waits in the machine for what the agent does to itself, by the kernel's news of its folder: node hit.ts fired|spent
// Exits 0 when it was hit (fired), or when nothing is left that it has to do (spent); 1 when that will not be any more.
import { existsSync, watch } from 'node:fs'

const folder = '/run/faults'
/** Milliseconds for what is left to be done: what follows a deploy's end is done after its answer. */
const patience = 3_000

const there = (name: string) => existsSync(`${folder}/${name}`)
const look =
  process.argv[2] === 'fired' ? () => (there('fired') ? 0 : there('over') ? 1 : null) : () => (there('next') ? null : 0)

if (process.argv[2] === 'spent') setTimeout(() => process.exit(1), patience)
judge()
watch(folder, judge)
// What came before the watch is no news to it.
judge()

function judge() {
  const code = look()
  if (code !== null) process.exit(code)
}
