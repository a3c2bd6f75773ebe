// Measures a lower bound of the agent's own time: node minimal-calls.ts SOCKET ENGINE-REQUESTS COMMANDS ROUNDS makes as
// many engine requests, commands and durable records as a deploy, one after the other. Prints the CPU milliseconds of
// each round.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const [socketPath = '', ...counts] = process.argv.slice(2)
const [engineRequests = 0, commands = 0, rounds = 0] = counts.map(Number)

/** Durable writes of a deploy: accept, begin, begin and end of six steps, images, previous state, disk use, end. */
const recordsPerDeploy = 18

/** Deploys do not follow each other immediately, so rounds do not either. */
const pauseMs = 500

const folder = mkdtempSync(join(tmpdir(), 'minimal-calls-'))
const db = new DatabaseSync(join(folder, 'records.db'))
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE records (text TEXT)')
const insert = db.prepare('INSERT INTO records VALUES (?)')
const httpAgent = new Agent({ keepAlive: true })
const runCommand = promisify(execFile)

const cpuMs: number[] = []
for (let round = 0; round < rounds; round++) {
  await sleep(pauseMs)
  const before = readCpuMs()
  for (let n = 0; n < engineRequests; n++) JSON.parse(await getText('/containers/json?all=true'))
  for (let n = 0; n < commands; n++) await runCommand('git', ['--version'])
  for (let n = 0; n < recordsPerDeploy; n++) insert.run(`record ${n}`)
  cpuMs.push(readCpuMs() - before)
}
console.log(JSON.stringify(cpuMs))
httpAgent.destroy()
db.close()
rmSync(folder, { recursive: true })

/** Reads the CPU time of the JavaScript thread. */
function readCpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
}

function getText(path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get({ socketPath, path, agent: httpAgent }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () => resolve(text))
  }).on('error', reject)
  return promise
}
