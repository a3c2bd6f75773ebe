// Stores deploys in SQLite, from their acceptance to their end, and their steps.
import type { DatabaseSync } from 'node:sqlite'
import type { DeployRecords, StepRecords } from '../../interfaces/deploy-store.ts'
import { numberColumn, type RowReader, textColumn } from './row-reader.ts'
import { runInTransaction } from './transaction.ts'

export function createDeployRecords(db: DatabaseSync, reader: RowReader): DeployRecords {
  const insertDeploy = db.prepare(
    `INSERT INTO deploys (revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, images_json, anew,
       state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
  )
  const importDeploy = db.prepare(
    `INSERT INTO deploys (id, revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, began, ended,
       state, code, sentence, superseded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const updateBegun = db.prepare(
    "UPDATE deploys SET state = 'running', began = coalesce(began, ?), boot = ?, attempts = attempts + 1 WHERE id = ?",
  )
  const updateReplaced = db.prepare("UPDATE deploys SET state = 'was live' WHERE state = 'live'")
  const updateEnded = db.prepare(
    `UPDATE deploys SET state = ?, sentence = ?, code = ?, superseded_by = ?, images_json = coalesce(?, images_json),
       ended = ? WHERE id = ?`,
  )
  const selectNewest = db.prepare('SELECT * FROM deploys ORDER BY id DESC LIMIT 1')
  const selectUnfinished = db.prepare(
    "SELECT * FROM deploys WHERE state IN ('running', 'waiting') ORDER BY state = 'running' DESC, id",
  )
  const selectPage = db.prepare('SELECT * FROM deploys WHERE id < ? ORDER BY id DESC LIMIT ?')
  const selectLastPush = db.prepare("SELECT * FROM deploys WHERE via = 'push' ORDER BY id DESC LIMIT 1")
  const selectRequested = db.prepare('SELECT 1 FROM deploys WHERE revision = ? LIMIT 1')

  return {
    addDeploy(deploy, images = null) {
      const { lastInsertRowid } = insertDeploy.run(
        deploy.revision,
        deploy.subject,
        deploy.wanted,
        deploy.via,
        deploy.by,
        deploy.uid,
        deploy.from,
        deploy.log,
        deploy.accepted,
        images && JSON.stringify(images),
        deploy.noCache ? 1 : 0,
      )
      const stored = reader.deploy(reader.rowOf(Number(lastInsertRowid)))
      if (!stored) throw new Error(`deploy ${lastInsertRowid} is not in the database that just stored it`)
      return stored
    },
    beginDeploy: (id, at, boot) => void updateBegun.run(at, boot, id),
    attempts(id) {
      const row = reader.rowOf(id)
      return { count: numberColumn(row?.attempts), boot: textColumn(row?.boot) }
    },
    endDeploy(id, end, at) {
      runInTransaction(db, () => {
        if (end.state === 'live') updateReplaced.run()
        updateEnded.run(
          end.state,
          end.sentence,
          end.state === 'failed' ? end.code : null,
          end.state === 'superseded' ? end.by : null,
          end.state === 'live' ? JSON.stringify(end.images) : null,
          at,
          id,
        )
      })
    },
    findDeploy: (id) => reader.deploy(reader.rowOf(id)),
    newestDeploy: () => reader.deploy(selectNewest.get()),
    unfinishedDeploys: () => reader.deploys(selectUnfinished.all()),
    history: ({ limit = 20, before = Number.MAX_SAFE_INTEGER }) => reader.deploys(selectPage.all(before, limit)),
    lastPush: () => reader.deploy(selectLastPush.get()),
    wasRequested: (revision) => selectRequested.get(revision) !== undefined,
    importDeploys(deploys) {
      runInTransaction(db, () => {
        for (const d of deploys)
          importDeploy.run(
            d.id,
            d.revision,
            d.subject,
            d.wanted,
            d.via,
            d.by,
            d.uid,
            d.from,
            d.log,
            d.accepted,
            d.began,
            d.ended,
            d.state,
            d.code,
            d.sentence,
            d.supersededBy,
          )
      })
    },
  }
}

export function createStepRecords(db: DatabaseSync): StepRecords {
  const insertStep = db.prepare('INSERT INTO steps (deploy, name, began) VALUES (?, ?, ?)')
  const updateEnded = db.prepare(
    `UPDATE steps SET ok = ?, remark = ?, ended = ?
     WHERE rowid = (SELECT max(rowid) FROM steps WHERE deploy = ? AND ended IS NULL)`,
  )
  const selectDurations = db.prepare(
    'SELECT ended - began AS duration FROM steps WHERE name = ? AND ok = 1 ORDER BY ended DESC LIMIT 9',
  )
  return {
    beginStep: (id, name, at) => void insertStep.run(id, name, at),
    endStep: (id, ok, remark, at) => void updateEnded.run(ok ? 1 : 0, remark, at, id),
    medianStepDuration: (name) => median(selectDurations.all(name).map(({ duration }) => numberColumn(duration))),
  }
}

function median(values: number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}
