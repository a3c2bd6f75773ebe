// Adds ended deploys to the agent's database, as after years of use: node fill-history.ts COUNT
import { DatabaseSync } from 'node:sqlite'

const count = Number(process.argv[2])
const db = new DatabaseSync('/var/lib/bpt-deployer/deploys.sqlite')
const { lastId } = { ...db.prepare('SELECT coalesce(max(id), 0) AS lastId FROM deploys').get() }
const states = ['was live', 'was live', 'failed', 'superseded', 'was live']
const steps = ['check out', 'check', 'build', 'plan', 'swap', 'verify']
const insertDeploy = db.prepare(
  `INSERT INTO deploys (id, revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, began, ended, state,
     sentence, has_log, pinned) VALUES (?, ?, 'A change', 'refs/heads/main', 'push', 'ada', 1000, '', '', ?, ?, ?, ?, 'said', 0, 0)`,
)
const insertStep = db.prepare('INSERT INTO steps (deploy, name, began, ended, ok) VALUES (?, ?, ?, ?, 1)')
db.exec('BEGIN')
for (let n = 1; n <= count; n++) {
  const id = Number(lastId) + n
  const began = Date.now() - (count - n) * 60_000
  const state = states[n % states.length] ?? 'failed'
  insertDeploy.run(id, id.toString(16).padStart(40, '0'), began, began, began + 3000, state)
  for (const name of steps) insertStep.run(id, name, began, began + 500)
}
db.exec('COMMIT')
db.close()
