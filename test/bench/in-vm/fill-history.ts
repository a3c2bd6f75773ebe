// Fills the agent's database with deploys as a long life would: node many-deploys.ts <how many>
import { DatabaseSync } from 'node:sqlite'

const many = Number(process.argv[2])
const db = new DatabaseSync('/var/lib/bpt-deployer/deploys.sqlite')
const { last } = { ...db.prepare('SELECT coalesce(max(id), 0) AS last FROM deploys').get() }
const states = ['was live', 'was live', 'failed', 'superseded', 'was live']
const steps = ['check out', 'check', 'build', 'services', 'swap', 'verify']
const deploy = db.prepare(
  `INSERT INTO deploys (id, revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, began, ended, state,
     sentence, has_log) VALUES (?, ?, 'A change', 'refs/heads/main', 'push', 'ada', 1000, '', '', ?, ?, ?, ?, 'said', 0)`,
)
const step = db.prepare('INSERT INTO steps (deploy, name, began, ended, ok) VALUES (?, ?, ?, ?, 1)')
db.exec('BEGIN')
for (let n = 1; n <= many; n++) {
  const id = Number(last) + n
  const at = Date.now() - (many - n) * 60_000
  deploy.run(id, id.toString(16).padStart(40, '0'), at, at, at + 3000, states[n % states.length] ?? 'failed')
  for (const name of steps) step.run(id, name, at, at + 500)
}
db.exec('COMMIT')
db.close()
