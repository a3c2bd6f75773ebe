// Joins the parts and runs the agent: the only file that knows all of them.
import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setImmediate as next } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import Docker from 'dockerode'
import pkg from '../package.json' with { type: 'json' }
import { ImageBuilder } from './adapters/build/image-builder.ts'
import { compose } from './adapters/compose/compose-cli.ts'
import { dockerEngine } from './adapters/engine/docker-engine.ts'
import { gitSource, unlock } from './adapters/git/git-repository.ts'
import { spaces } from './adapters/host/file-systems.ts'
import { journal } from './adapters/host/journal.ts'
import { names, peer } from './adapters/host/socket-peer.ts'
import { systemd } from './adapters/host/systemd-notify.ts'
import { foundLogs } from './adapters/logs/find-logs.ts'
import { logFiles } from './adapters/logs/log-files.ts'
import { visitor } from './adapters/network/availability-probe.ts'
import { nftGate } from './adapters/network/nft-gate.ts'
import { sqliteLedger } from './adapters/sqlite/sqlite-deploy-store.ts'
import { type Config, readConfig } from './config.ts'
import type { Workshop } from './deploys/deploy-run.ts'
import { Deploys } from './deploys/scheduler.ts'
import { room } from './disk/disk-space.ts'
import type { Audience } from './interfaces/event-sink.ts'
import { statusLine } from './protocol/deploy-text.ts'
import { restored } from './recovery/deploys-from-logs.ts'
import { missed } from './recovery/missed-push.ts'
import { hourly, tidy } from './releases/prune.ts'
import { rpc } from './rpc/json-rpc.ts'
import { methods } from './rpc/methods.ts'
import { status } from './rpc/status.ts'
import { listen, type Place } from './rpc/unix-socket.ts'

const { values } = parseArgs({ options: { config: { type: 'string' } } })
const { env } = process
const config = configured()
const { repository: root, branch } = config.source
const since = Date.now()

const diary = journal(env)
const service = systemd(env)
if (!service.there) diary.trouble('not started by systemd: running in the foreground, without readiness and watchdog')

const scratch = join(config.state, 'compose')
mkdirSync(scratch, { recursive: true })
const ledger = sqliteLedger(join(config.state, 'deploys.sqlite'))
const recovered = ledger.aside ? restored(await foundLogs(config.stack.logs)) : []
ledger.restore(recovered)
if (ledger.aside) {
  const what =
    recovered.length > 0 ? `${recovered.length} deploys were restored from their logs` : 'no log could be read'
  diary.trouble(`the record of deploys was damaged and is set aside as ${ledger.aside}; ${what}`)
}
const news = new EventEmitter().setMaxListeners(0)
const source = gitSource(root)
// What the agent was started with must not change what a compose file means: of its environment only this counts.
const plain = {
  PATH: env.PATH,
  HOME: env.HOME ?? scratch,
  LANG: 'C.UTF-8',
  ...(env.DOCKER_HOST && { DOCKER_HOST: env.DOCKER_HOST }),
}
const ways = config.swap.services
// As with compose itself, all that a compose file says is relative to its own folder.
const { file } = config.stack
const stack = join(root, dirname(file ?? '.'))
const docker = new Docker()
const composer = compose({ root: stack, file: file && basename(file), scratch, env: plain })
const engine = dockerEngine(
  docker,
  composer,
  new ImageBuilder(docker, composer, plain.HOME, stack),
  stack,
  (name) => ways[name]?.path ?? config.swap.path ?? null,
)
const gate = nftGate(root, config.swap.hold, plain)

const state = () => {
  const { running, waiting } = deploys.now()
  const now = running && {
    deploy: running.deploy,
    step: running.at?.step ?? 'begins',
    silent: running.at ? Date.now() - running.at.heard : 0,
  }
  return statusLine(ledger.live(), now, waiting.length, Date.now())
}
const tellSystemd = () => service.status(state)
const bystander: Audience = { hear: tellSystemd, begin: tellSystemd, output: () => {} }
const { checkout, check, build, services, swap, verify, silence } = config.limits
const trim = hourly((signal) => engine.trim(config.keep.build_cache_gb * 1e9, signal))
const tidyUp = (signal?: AbortSignal) => tidy({ source, engine, ledger, trim }, config.keep, Date.now(), signal)
let home: string | null = null
/** The file systems that a deploy writes to, the engine's first. */
const look = async () => {
  home ??= await engine.home().catch(() => null)
  return spaces([...(home ? [home] : []), root, config.stack.logs, config.state])
}
const workshop: Omit<Workshop, 'ending'> = {
  source,
  engine,
  gate,
  visitor,
  strategy: (name) => ways[name]?.strategy ?? config.swap.strategy,
  ledger,
  logs: logFiles(config.stack.logs, (path) => news.emit(path)),
  audiences: [diary, bystander],
  limits: {
    'check out': checkout,
    check,
    build,
    services,
    swap,
    verify,
    'put back': services + swap + verify,
    silence,
  },
  room: room(
    look,
    () => ledger.used(),
    () => tidyUp(),
    config.keep.free_mb * 1e6,
  ),
  tidy: tidyUp,
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  trouble: diary.trouble,
  ended: (id) => news.emit(ledger.find(id)?.log ?? ''),
}
const self = { uid: process.getuid?.() ?? 0, pid: process.pid, name: config.user }
const deploys = new Deploys(workshop, branch, self)

const agent = { version: pkg.version, since, pid: process.pid }
const calls = methods({
  source,
  engine,
  ledger,
  deploys,
  branch,
  news,
  status: () => status({ source, engine, ledger, branch, disk: root, deploys }, agent),
})
const place: Place = Number(env.LISTEN_PID) === process.pid && env.LISTEN_FDS ? { fd: 3 } : { path: config.socket }
const nameOf = names()
const server = rpc(calls, (method, thrown) => diary.trouble(`${method} failed`, thrown))

await unlock(root)
const listening = await listen(place, server, (socket) => peer(socket, nameOf))
service.watch(() => deploys.progresses())
diary.hear({
  kind: 'started',
  text: `bpt-deployer ${pkg.version} answers on ${'path' in place ? place.path : config.socket}`,
})
tellSystemd()
// Of a swap that an earlier life began and that is taken up again, the rules stay until it is done.
if (!ledger.unfinished().some(({ state }) => state === 'running'))
  gate.open().catch((thrown: unknown) => diary.trouble('rules of an earlier swap may be left', thrown))
deploys.resume()
if (config.source.catch_up) await catchUp().catch((thrown: unknown) => diary.trouble('pushes may be missed', thrown))
service.ready()

/** Queues what was pushed while no agent could be reached. */
async function catchUp(): Promise<void> {
  const commit = await missed(source, ledger, branch)
  if (commit)
    await deploys.ask({ commit, wanted: `refs/heads/${branch}`, via: 'push', peer: self, from: 'missed push' })
}

let stopping = false
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return
  stopping = true
  service.stopping()
  diary.hear({ kind: 'stopping', text: `stopping on ${signal}` })
  // What a step may take, and no longer: a stop that hangs is for systemd to end.
  const latest = Date.now() + 1_000 * (services + swap + verify)
  const more = setInterval(() => Date.now() < latest && service.extend(5_000), 1_000)
  await deploys.stop()
  await listening.close()
  clearInterval(more)
  // The last line for systemd is made from the ledger.
  await next()
  ledger.close()
  await diary.end()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

/** A configuration that is wrong is told without a stack; systemd does not try again (EX_CONFIG of sysexits.h). */
function configured(): Config {
  try {
    return readConfig(values.config)
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
    process.exit(78)
  }
}
