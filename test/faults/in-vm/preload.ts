// Loaded into the agent before its own code: at a wanted durable write it kills or stops its process, or moves its
// clock. Everything else goes on as if it were not there.
import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, StatementSync } from 'node:sqlite'
import type { Boundary, Wanted, Write } from './boundary.ts'

const next = '/run/faults/next'
const fired = '/run/faults/fired'

const writes: [RegExp, Write][] = [
  [/^INSERT INTO steps/, 'step begin'],
  [/^UPDATE steps/, 'step end'],
  [/^INSERT INTO deploys/, 'accept'],
  [/^UPDATE deploys SET state = 'running'/, 'begin'],
  [/^UPDATE deploys SET state = \?/, 'end'],
  [/^UPDATE deploys SET before_json/, 'keep'],
  [/^UPDATE deploys SET images_json = \?/, 'built'],
  [/^UPDATE deploys SET images_json = NULL/, 'forget'],
  [/^UPDATE deploys SET used/, 'used'],
]

const { run } = StatementSync.prototype
const { exec } = DatabaseSync.prototype
let step = ''
/** An end is durable only with its transaction. */
let ending: Omit<Boundary, 'side'> | null = null

StatementSync.prototype.run = watched

function watched(this: StatementSync, ...args: SQLInputValue[]): StatementResultingChanges
function watched(
  this: StatementSync,
  ...args: [Record<string, SQLInputValue>, ...SQLInputValue[]]
): StatementResultingChanges
function watched(this: StatementSync, ...args: unknown[]): StatementResultingChanges {
  const sql = this.sourceSQL.trim()
  const write = writes.find(([start]) => start.test(sql))?.[1]
  const call = () => Reflect.apply<StatementSync, never[], StatementResultingChanges>(run, this, args as never[])
  if (!write) return call()
  if (write === 'step begin') step = String(args[1])
  const name = write.startsWith('step') ? step : write === 'end' ? String(args[0]) : null
  const here = { write, ...(name !== null && { name }) }
  reached({ ...here, side: 'before' })
  const result = call()
  if (write === 'end') ending = here
  else reached({ ...here, side: 'after' })
  return result
}

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
  exec.call(this, sql)
  if (!ending || sql !== 'COMMIT') return
  const here = ending
  ending = null
  reached({ ...here, side: 'after' })
}

function reached({ write, side, name }: Boundary): void {
  if (!existsSync(next)) return
  const [wanted, ...others]: Wanted[] = JSON.parse(readFileSync(next, 'utf8'))
  if (wanted?.write !== write || wanted.side !== side || (wanted.name && wanted.name !== name)) return
  writeFileSync(`${next}.new`, JSON.stringify(others))
  if (others.length > 0) renameSync(`${next}.new`, next)
  else unlinkSync(next)
  writeFileSync(fired, `${JSON.stringify({ write, side, name })}\n`, { flag: 'a' })
  if (wanted.do === 'clock') offset = wanted.ms ?? 0
  else process.kill(process.pid, wanted.do === 'kill' ? 'SIGKILL' : 'SIGSTOP')
}

const Real = Date
let offset = 0
globalThis.Date = new Proxy(Real, {
  construct: (_, args: [number]) => (args.length > 0 ? new Real(...args) : new Real(Real.now() + offset)),
  get: (_, key) => (key === 'now' ? () => Real.now() + offset : Reflect.get(Real, key)),
})
