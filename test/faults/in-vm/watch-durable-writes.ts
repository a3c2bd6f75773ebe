// Reports each durable write of the agent, before and after it, by a wrapper around node:sqlite.
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, StatementSync } from 'node:sqlite'
import type { DurableWrite, WriteBoundary } from '../faults/write-boundary.ts'

const patterns: [RegExp, DurableWrite][] = [
  [/^INSERT INTO steps/, 'step begin'],
  [/^UPDATE steps/, 'step end'],
  [/^INSERT INTO deploys/, 'accept'],
  [/^UPDATE deploys SET state = 'running'/, 'begin'],
  [/^UPDATE deploys SET state = \?/, 'end'],
  [/^UPDATE deploys SET before_json/, 'previous state'],
  [/^UPDATE deploys SET failure_json/, 'failure'],
  [/^UPDATE deploys SET images_json = \?/, 'images'],
  [/^UPDATE deploys SET images_json = NULL/, 'forget images'],
  [/^UPDATE deploys SET used/, 'disk use'],
]

export function watchDurableWrites(onBoundary: (boundary: WriteBoundary) => void): void {
  const { run } = StatementSync.prototype
  const { exec } = DatabaseSync.prototype
  let stepName = ''
  /** A write in a transaction is durable only when the transaction is committed. */
  let uncommitted: Omit<WriteBoundary, 'side'> | null = null

  StatementSync.prototype.run = watchedRun

  function watchedRun(this: StatementSync, ...args: SQLInputValue[]): StatementResultingChanges
  function watchedRun(
    this: StatementSync,
    ...args: [Record<string, SQLInputValue>, ...SQLInputValue[]]
  ): StatementResultingChanges
  function watchedRun(this: StatementSync, ...args: unknown[]): StatementResultingChanges {
    const sql = this.sourceSQL.trim()
    const write = patterns.find(([pattern]) => pattern.test(sql))?.[1]
    const runStatement = () =>
      Reflect.apply<StatementSync, never[], StatementResultingChanges>(run, this, args as never[])
    if (!write) return runStatement()
    if (write === 'step begin') stepName = String(args[1])
    const name = write.startsWith('step') ? stepName : write === 'end' ? String(args[0]) : null
    const boundary = { write, ...(name !== null && { name }) }
    onBoundary({ ...boundary, side: 'before' })
    const result = runStatement()
    if (write === 'end' || write === 'forget images') uncommitted = boundary
    else onBoundary({ ...boundary, side: 'after' })
    return result
  }

  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
    exec.call(this, sql)
    if (!uncommitted || sql !== 'COMMIT') return
    const boundary = uncommitted
    uncommitted = null
    onBoundary({ ...boundary, side: 'after' })
  }
}
