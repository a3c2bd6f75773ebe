// The least that a deploy asks of a program, whoever does it: so many questions to the engine, so many commands, so many
// durable records, one after the other. Prints the milliseconds for which its one thread had a processor, round by round:
// node least-share.ts <engine's socket> <questions> <commands> <rounds>
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'

const [socketPath = '', ...counts] = process.argv.slice(2)
const [questions = 0, commands = 0, rounds = 0] = counts.map(Number)

/** Accepted, begun, begin and end of six steps, the images, what ran before, the room that was used, how it ended. */
const records = 18

/** Milliseconds between two rounds: deploys do not follow one another at once. */
const pause = 500

const folder = mkdtempSync(join(tmpdir(), 'least-share-'))
const db = new DatabaseSync(join(folder, 'records.db'))
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE records (text TEXT)')
const insert = db.prepare('INSERT INTO records VALUES (?)')
const agent = new Agent({ keepAlive: true })
const start = promisify(execFile)

const spent: number[] = []
for (let round = 0; round < rounds; round++) {
  await after(pause)
  const before = busy()
  for (let n = 0; n < questions; n++) JSON.parse(await ask('/containers/json?all=true'))
  for (let n = 0; n < commands; n++) await start('git', ['--version'])
  for (let n = 0; n < records; n++) insert.run(`record ${n}`)
  spent.push(busy() - before)
}
console.log(JSON.stringify(spent))
agent.destroy()
db.close()
rmSync(folder, { recursive: true })

function busy(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
}

function ask(path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get({ socketPath, path, agent }, (answer) => {
    let text = ''
    answer.setEncoding('utf8').on('data', (part: string) => (text += part))
    answer.on('end', () => resolve(text))
  }).on('error', reject)
  return promise
}
