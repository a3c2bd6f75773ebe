// Joins the parts and runs the agent: the only file that knows all of them.
import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setImmediate as next } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import Docker from 'dockerode'
import pkg from '../package.json' with { type: 'json' }
import { ImageBuilder } from './adapters/build/image-builder.ts'
import { createComposeCli } from './adapters/compose/compose-cli.ts'
import { createDockerEngine } from './adapters/engine/docker-engine.ts'
import { openGitRepository, removeIndexLock } from './adapters/git/git-repository.ts'
import { readFileSystemSpaces } from './adapters/host/file-systems.ts'
import { openJournal } from './adapters/host/journal.ts'
import { createUserNameLookup, readSocketPeer } from './adapters/host/socket-peer.ts'
import { createSystemdNotifier } from './adapters/host/systemd-notify.ts'
import { findLogs } from './adapters/logs/find-logs.ts'
import { createFileLogs } from './adapters/logs/log-files.ts'
import { startAvailabilityProbe as probe } from './adapters/network/availability-probe.ts'
import { createNftGate } from './adapters/network/nft-gate.ts'
import { openDeployStore } from './adapters/sqlite/sqlite-deploy-store.ts'
import { type Config, readConfig } from './config.ts'
import type { DeployContext } from './deploys/deploy-run.ts'
import { createDiskSpace } from './disk/disk-space.ts'
import type { EventSink } from './interfaces/event-sink.ts'
import { statusLine } from './protocol/deploy-text.ts'
import { stepSeconds } from './protocol/steps.ts'
import { DeployScheduler } from './queue/scheduler.ts'
import { deploysFromLogs } from './recovery/deploys-from-logs.ts'
import { findMissedPush } from './recovery/missed-push.ts'
import { atMostHourly, Pruner } from './releases/pruner.ts'
import { createRpc } from './rpc/json-rpc.ts'
import { createMethods } from './rpc/methods.ts'
import { readStatus } from './rpc/status.ts'
import { type ListenAddress, listen } from './rpc/unix-socket.ts'

const { values } = parseArgs({ options: { config: { type: 'string' } } })
const { env } = process
const config = configured()
const { repository: root, branch } = config.source
const since = Date.now()

const diary = openJournal(env)
const service = createSystemdNotifier(env)
if (!service.isListening)
  diary.reportError('not started by systemd: running in the foreground, without readiness and watchdog')

const scratch = join(config.state, 'compose')
mkdirSync(scratch, { recursive: true })
const store = openDeployStore(join(config.state, 'deploys.sqlite'))
const recovered = store.damagedFile ? deploysFromLogs(await findLogs(config.stack.logs)) : []
store.importDeploys(recovered)
if (store.damagedFile) {
  const what =
    recovered.length > 0 ? `${recovered.length} deploys were restored from their logs` : 'no log could be read'
  diary.reportError(`the record of deploys was damaged and is set aside as ${store.damagedFile}; ${what}`)
}
const news = new EventEmitter().setMaxListeners(0)
const repository = openGitRepository(root)
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
const composer = createComposeCli({ root: stack, file: file && basename(file), scratch, env: plain })
const engine = createDockerEngine({
  docker,
  compose: composer,
  builder: new ImageBuilder(docker, composer, plain.HOME, stack),
  root: stack,
  readinessPath: (name) => ways[name]?.path ?? config.swap.path ?? null,
})
const gate = createNftGate(root, config.swap.hold, plain)

const state = () => {
  const { running, waiting } = deploys.snapshot()
  const now = running && {
    deploy: running.deploy,
    step: running.at?.step ?? 'begins',
    silent: running.at ? Date.now() - running.at.heard : 0,
  }
  return statusLine(store.liveDeploy(), now, waiting.length, Date.now())
}
const tellSystemd = () => service.setStatus(state)
const bystander: EventSink = { publish: tellSystemd, stepBegan: tellSystemd, stepOutput: () => {} }
const limits = { ...stepSeconds(config.limits), silence: config.limits.silence }
const pruner = new Pruner({
  images: engine,
  repository,
  store,
  policy: config.keep,
  trimBuildCache: atMostHourly((signal) => engine.trimBuildCache(config.keep.build_cache_gb * 1e9, signal)),
  reportError: diary.reportError,
})
let home: string | null = null
/** The file systems that a deploy writes to, the engine's first. */
const look = async () => {
  home ??= await engine.dataDirectory().catch(() => null)
  return readFileSystemSpaces([...(home ? [home] : []), root, config.stack.logs, config.state])
}
const workshop: Omit<DeployContext, 'stopping'> = {
  repository,
  images: engine,
  stack: engine,
  containers: engine,
  engine,
  gate,
  probe,
  strategy: (name) => ways[name]?.strategy ?? config.swap.strategy,
  store,
  logs: createFileLogs(config.stack.logs, (path) => news.emit(path)),
  sinks: [diary, bystander],
  limits,
  diskSpace: createDiskSpace(
    look,
    () => store.recentDiskUse(),
    () => pruner.prune(),
    config.keep.free_mb * 1e6,
  ),
  pruner,
  bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  reportError: diary.reportError,
  onEnded: (id) => news.emit(store.findDeploy(id)?.log ?? ''),
}
const self = { uid: process.getuid?.() ?? 0, pid: process.pid, name: config.user }
const deploys = new DeployScheduler(workshop, branch, self)

const agent = { version: pkg.version, since, pid: process.pid }
const calls = createMethods({
  repository,
  images: engine,
  store,
  deploys,
  branch,
  news,
  status: () => readStatus({ source: repository, stack: engine, store, branch, disk: root, deploys }, agent),
})
const place: ListenAddress =
  Number(env.LISTEN_PID) === process.pid && env.LISTEN_FDS ? { fd: 3 } : { path: config.socket }
const nameOf = createUserNameLookup()
const server = createRpc(calls, (method, thrown) => diary.reportError(`${method} failed`, thrown))

await removeIndexLock(root)
const listening = await listen(place, server, (socket) => readSocketPeer(socket, nameOf))
service.startWatchdog(() => deploys.isProgressing())
diary.publish({
  kind: 'started',
  text: `bpt-deployer ${pkg.version} answers on ${'path' in place ? place.path : config.socket}`,
})
tellSystemd()
// Of a swap that an earlier life began and that is taken up again, the rules stay until it is done.
if (!store.unfinishedDeploys().some(({ state }) => state === 'running'))
  gate.stopDiverting().catch((thrown: unknown) => diary.reportError('rules of an earlier swap may be left', thrown))
deploys.restoreQueue()
if (config.source.catch_up)
  await catchUp().catch((thrown: unknown) => diary.reportError('pushes may be missed', thrown))
service.notifyReady()

/** Queues what was pushed while no agent could be reached. */
async function catchUp(): Promise<void> {
  const commit = await findMissedPush(repository, store, branch)
  if (commit)
    await deploys.enqueue({ commit, wanted: `refs/heads/${branch}`, via: 'push', peer: self, from: 'missed push' })
}

let stopping = false
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return
  stopping = true
  service.notifyStopping()
  diary.publish({ kind: 'stopping', text: `stopping on ${signal}` })
  // What a step may take, and no longer: a stop that hangs is for systemd to end.
  const latest = Date.now() + 1_000 * limits['put back']
  const more = setInterval(() => Date.now() < latest && service.extendStopTimeout(5_000), 1_000)
  await deploys.stop()
  await listening.close()
  clearInterval(more)
  // The last line for systemd is made from the store.
  await next()
  store.close()
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
