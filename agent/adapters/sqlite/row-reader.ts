// Converts rows of the database to values of the protocol.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { ReusableBuild } from '../../interfaces/deploy-store.ts'
import type { Availability, Deploy, Fault, StepRecord } from '../../protocol/messages.ts'

export type Row = Record<string, SQLOutputValue>

/** Reads deploys with their steps. */
export interface RowReader {
  deploy(row: Row | undefined): Deploy | null
  deploys(rows: Row[]): Deploy[]
  /** The row of a deploy. */
  rowOf(id: number): Row | undefined
  /** A JSON column of a deploy; null if nothing is stored. */
  json<T>(id: number, column: string): T | null
}

export function createRowReader(db: DatabaseSync): RowReader {
  const byId = db.prepare('SELECT * FROM deploys WHERE id = ?')
  const stepsOf = db.prepare('SELECT * FROM steps WHERE deploy = ? ORDER BY rowid')

  const deploy = (row: Row | undefined): Deploy | null =>
    row ? toDeploy(row, stepsOf.all(numberColumn(row.id)).map(toStep)) : null
  return {
    deploy,
    deploys: (rows) => rows.flatMap((row) => deploy(row) ?? []),
    rowOf: (id) => byId.get(id),
    json<T>(id: number, column: string): T | null {
      const text = byId.get(id)?.[column]
      return typeof text === 'string' ? (JSON.parse(text) as T) : null
    },
  }
}

function toDeploy(row: Row, steps: StepRecord[]): Deploy {
  return {
    id: numberColumn(row.id),
    revision: textColumn(row.revision),
    subject: textColumn(row.subject),
    wanted: textColumn(row.wanted),
    via: textColumn(row.via) as Deploy['via'],
    by: textColumn(row.by_name),
    uid: numberColumn(row.uid),
    from: textColumn(row.caller_from),
    accepted: numberColumn(row.accepted),
    began: nullableNumber(row.began),
    ended: nullableNumber(row.ended),
    state: textColumn(row.state) as Deploy['state'],
    code: row.code === null ? null : textColumn(row.code),
    sentence: textColumn(row.sentence),
    supersededBy: nullableNumber(row.superseded_by),
    visits: typeof row.visits_json === 'string' ? (JSON.parse(row.visits_json) as Availability) : null,
    fault: typeof row.fault_json === 'string' ? (JSON.parse(row.fault_json) as Fault) : null,
    log: textColumn(row.log),
    steps,
  }
}

export function toReusableBuild({ id, revision, images_json }: Row): ReusableBuild {
  return { deploy: numberColumn(id), revision: textColumn(revision), images: JSON.parse(textColumn(images_json)) }
}

function toStep(row: Row): StepRecord {
  return {
    name: textColumn(row.name),
    began: numberColumn(row.began),
    ended: nullableNumber(row.ended),
    ok: row.ok === null ? null : row.ok === 1,
    remark: textColumn(row.remark),
  }
}

export function textColumn(value: SQLOutputValue | undefined): string {
  return String(value ?? '')
}

export function numberColumn(value: SQLOutputValue | undefined): number {
  return Number(value ?? 0)
}

function nullableNumber(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}
