// Rows of the store's database as the values of the protocol.
import type { SQLOutputValue } from 'node:sqlite'
import type { ReusableBuild } from '../../interfaces/deploy-store.ts'
import type { Deploy, Step, Visits } from '../../protocol/messages.ts'

export type Row = Record<string, SQLOutputValue>

export function deployOf(row: Row, steps: Step[]): Deploy {
  return {
    id: number(row.id),
    revision: text(row.revision),
    subject: text(row.subject),
    wanted: text(row.wanted),
    via: text(row.via) as Deploy['via'],
    by: text(row.by_name),
    uid: number(row.uid),
    from: text(row.caller_from),
    accepted: number(row.accepted),
    began: time(row.began),
    ended: time(row.ended),
    state: text(row.state) as Deploy['state'],
    code: row.code === null ? null : text(row.code),
    sentence: text(row.sentence),
    supersededBy: time(row.superseded_by),
    visits: typeof row.visits_json === 'string' ? (JSON.parse(row.visits_json) as Visits) : null,
    log: text(row.log),
    steps,
  }
}

export function reusableBuildOf({ id, revision, images_json }: Row): ReusableBuild {
  return { deploy: number(id), revision: text(revision), images: JSON.parse(text(images_json)) }
}

export function stepOf(row: Row): Step {
  return {
    name: text(row.name),
    began: number(row.began),
    ended: time(row.ended),
    ok: row.ok === null ? null : row.ok === 1,
    remark: text(row.remark),
  }
}

export function text(value: SQLOutputValue | undefined): string {
  return String(value ?? '')
}

export function number(value: SQLOutputValue | undefined): number {
  return Number(value ?? 0)
}

function time(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}
