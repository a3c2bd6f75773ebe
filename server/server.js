// The web server of the reference stack: says which version it is and counts visits in postgres.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import postgres from 'postgres'

const version = 'one'
const patience = 800

const sql = postgres({
  host: 'db-production',
  database: 'bpt',
  username: 'postgres',
  password: readFileSync('/run/secrets/db_password', 'utf8').trim(),
  max: 4,
  connect_timeout: 2,
  backoff: 0.5,
  onnotice: () => {},
})

const pages = {
  async '/'() {
    const visits = await inTime(visit()).catch(() => 'unknown')
    return [200, `version: ${version}\nvisits: ${visits}\n`]
  },
  async '/health'() {
    const failure = await inTime(sql`select 1`).then(
      () => null,
      (error) => error,
    )
    return failure ? [503, `database: ${failure.message}\n`] : [200, 'healthy\n']
  },
}

const server = createServer(async (request, response) => {
  const page = pages[request.url.split('?')[0]] ?? (() => [404, 'not found\n'])
  const [status, text] = await page()
  if (!server.listening) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
})

let table

async function visit() {
  table ??= makeTable()
  await table.catch((failure) => {
    table = undefined
    throw failure
  })
  const [row] = await sql`insert into visits default values returning id`
  return row.id
}

function makeTable() {
  return sql`create table if not exists visits (id bigint generated always as identity, at timestamptz default now())`
}

function inTime(answer) {
  const tooLate = new Promise((_, reject) => {
    setTimeout(reject, patience, new Error(`no answer within ${patience} ms`)).unref()
  })
  return Promise.race([answer, tooLate])
}

// Requests in flight are answered; kept-alive connections would wait for ever and are closed.
function stop() {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), 900)
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
server.listen(80, () => console.log(`bpt-server ${version} listens on port 80`))
