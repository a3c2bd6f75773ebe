// Rows of the store's database as the values of the protocol.
import type { SQLOutputValue } from 'node:sqlite'
import type { ReusableBuild } from '../../interfaces/deploy-store.ts'
import type { Availability, Deploy, StepRecord } from '../../protocol/messages.ts'

export type Row = Record<string, SQLOutputValue>

export function deployOf(row: Row, steps: StepRecord[]): Deploy {
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
    began: time(row.began),
    ended: time(row.ended),
    state: textColumn(row.state) as Deploy['state'],
    code: row.code === null ? null : textColumn(row.code),
    sentence: textColumn(row.sentence),
    supersededBy: time(row.superseded_by),
    visits: typeof row.visits_json === 'string' ? (JSON.parse(row.visits_json) as Availability) : null,
    log: textColumn(row.log),
    steps,
  }
}

export function reusableBuildOf({ id, revision, images_json }: Row): ReusableBuild {
  return { deploy: numberColumn(id), revision: textColumn(revision), images: JSON.parse(textColumn(images_json)) }
}

export function stepOf(row: Row): StepRecord {
  return {
    name: textColumn(row.name),
    began: numberColumn(row.began),
    ended: time(row.ended),
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

function time(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}
