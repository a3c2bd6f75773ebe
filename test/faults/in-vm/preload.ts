// Kills or stops its own process, or moves its clock, at an armed durable write. The agent loads this file before its
// own code; nothing else changes.
import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import type { ArmedAction, WriteBoundary } from '../faults/write-boundary.ts'
import { watchDurableWrites } from './watch-durable-writes.ts'

const armedFile = '/run/faults/armed'
const firedFile = '/run/faults/fired'

const RealDate = Date
let clockOffsetMs = 0

watchDurableWrites(fireIfArmed)
globalThis.Date = new Proxy(RealDate, {
  construct: (_, args: [number]) =>
    args.length > 0 ? new RealDate(...args) : new RealDate(RealDate.now() + clockOffsetMs),
  get: (_, key) => (key === 'now' ? () => RealDate.now() + clockOffsetMs : Reflect.get(RealDate, key)),
})

function fireIfArmed({ write, side, name }: WriteBoundary): void {
  if (!existsSync(armedFile)) return
  const [armed, ...others]: ArmedAction[] = JSON.parse(readFileSync(armedFile, 'utf8'))
  if (armed?.write !== write || armed.side !== side || (armed.name && armed.name !== name)) return
  writeFileSync(`${armedFile}.new`, JSON.stringify(others))
  if (others.length > 0) renameSync(`${armedFile}.new`, armedFile)
  else unlinkSync(armedFile)
  writeFileSync(firedFile, `${JSON.stringify({ write, side, name })}\n`, { flag: 'a' })
  if (armed.action === 'shift clock') clockOffsetMs = armed.clockShiftMs ?? 0
  else process.kill(process.pid, armed.action === 'kill' ? 'SIGKILL' : 'SIGSTOP')
}
