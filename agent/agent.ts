// Creates the parts of the agent and connects them. No other file imports all adapters.
import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import pkg from '../package.json' with { type: 'json' }
import { openDockerEngine } from './adapters/engine/open-docker-engine.ts'
import { removeIndexLock } from './adapters/git/check-out/index-lock.ts'
import { createContentReader } from './adapters/git/content-reader.ts'
import { openGitRepository } from './adapters/git/git-repository.ts'
import { openRevisionTrees } from './adapters/git/revision-trees.ts'
import { createChildEnv } from './adapters/host/child-env.ts'
import { readFileSystemSpaces } from './adapters/host/file-systems.ts'
import { openJournal } from './adapters/host/journal.ts'
import { readBootId, readBootTime, readStopTime } from './adapters/host/server-boot.ts'
import { createUserNameLookup, readSocketPeer } from './adapters/host/socket-peer.ts'
import { createSystemdNotifier } from './adapters/host/systemd-notify.ts'
import { findLogs } from './adapters/logs/find-logs.ts'
import { createFileLogs } from './adapters/logs/log-files.ts'
import { createAvailabilityProbe } from './adapters/network/availability-probe.ts'
import { createNftGate } from './adapters/network/nft-gate.ts'
import { openDeployStore } from './adapters/sqlite/sqlite-deploy-store.ts'
import type { Config } from './config.ts'
import { readinessOf } from './config-swap.ts'
import type { EventSink } from './interfaces/event-sink.ts'
import { stepSeconds } from './protocol/steps.ts'
import { IdleWork } from './queue/idle-work.ts'
import { createMissedPushRequest } from './queue/own-requests.ts'
import { DeployScheduler, type SchedulerDeps } from './queue/scheduler.ts'
import { createStackObservers } from './queue/stack-observers.ts'
import { createStatusSink } from './queue/status-sink.ts'
import { findMissedPush } from './recovery/missed-push.ts'
import { refillStore } from './recovery/refill-store.ts'
import { atMostHourly } from './releases/at-most-hourly.ts'
import { createDiskSpace } from './releases/disk-space.ts'
import { LiveStack } from './releases/plans/live-stack.ts'
import { createRevisionPlanner } from './releases/plans/plan-revision.ts'
import { Pruner } from './releases/pruner.ts'
import { createRpc } from './rpc/json-rpc.ts'
import { createMethods } from './rpc/methods.ts'
import { readStatus } from './rpc/status.ts'
import { type ListenAddress, listen } from './rpc/unix-socket.ts'

/** Seconds for which connections may be held beyond `swap.hold`, until the gate looks and a client tries again. */
const holdMarginSeconds = 10

export interface Agent {
  /** Ends the running deploy, answers the calls under way, and resolves when everything is on the disk. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Resolves when the agent answers calls and has queued the deploys that the last agent left. */
export async function startAgent(config: Config, env: NodeJS.ProcessEnv): Promise<Agent> {
  const { repository: workTree, branch } = config.source
  const journal = openJournal(env)
  const { reportError } = journal
  const notifier = createSystemdNotifier(env)
  if (!notifier.isListening)
    reportError('not started by systemd: running in the foreground, without readiness and watchdog')

  const scratch = join(config.state, 'compose')
  mkdirSync(scratch, { recursive: true })
  const store = openDeployStore(join(config.state, 'deploys.sqlite'))
  const loss = await refillStore(store, () => findLogs(config.stack.logs))
  if (loss) reportError(loss)
  const repository = openGitRepository(workTree, config)
  const childEnv = createChildEnv(env, scratch)
  const engine = openDockerEngine({
    repository: workTree,
    composeFiles: config.stack.file,
    scratch,
    env: childEnv,
    readiness: (service, isReleased) => readinessOf(config.swap, service, isReleased),
  })
  const gate = createNftGate(workTree, config.swap.hold, childEnv)
  /** Emits the path of a log when the log has grown or its deploy has ended. */
  const logEvents = new EventEmitter().setMaxListeners(0)

  const limits = { ...stepSeconds(config.limits), silence: config.limits.silence }
  const pruner = new Pruner({
    images: engine,
    repository,
    store,
    policy: config.keep,
    trimBuildCache: atMostHourly((signal) => engine.trimBuildCache(config.keep.build_cache_gb * 1e9, signal)),
    reportError,
  })
  const contents = createContentReader(workTree)
  const strategy: SchedulerDeps['strategy'] = (service) =>
    config.swap.services[service]?.strategy ?? config.swap.strategy
  const engineParts = { stack: engine, images: engine, planner: engine, containers: engine }
  const liveStack = new LiveStack({ ...engineParts, store, reportError: journal.reportError })
  const bootId = readBootId()
  const sinks: EventSink[] = [
    journal,
    createStatusSink({ setStatus: notifier.setStatus, releases: store, snapshot: () => scheduler.snapshot() }),
  ]
  const schedulerDeps: Omit<SchedulerDeps, 'stopping'> = {
    ...{ ...engineParts, repository, contents, engine, gate },
    addresses: engine,
    probe: createAvailabilityProbe((config.swap.hold + holdMarginSeconds) * 1000),
    strategy,
    store,
    logs: createFileLogs(config.stack.logs, (path) => logEvents.emit(path)),
    sinks,
    limits,
    diskSpace: createDiskSpace({
      // The first holds the images, if the engine names its directory.
      readFileSystems: () => readFileSystemSpaces([workTree, config.stack.logs, config.state], engine.dataDirectory),
      recentDiskUse: () => store.recentDiskUse(),
      prune: () => pruner.prune(),
      reservedBytes: config.keep.free_mb * 1e6,
    }),
    pruner,
    liveStack,
    idleWork: new IdleWork({ pruner, liveStack }),
    bootId,
    reportError,
    onEnded: (id) => logEvents.emit(store.findDeploy(id)?.log ?? ''),
  }
  const self = { uid: process.getuid?.() ?? 0, pid: process.pid, name: config.user }
  const scheduler = new DeployScheduler(schedulerDeps, branch, self)
  sinks.push(
    createStackObservers({
      ...{ ...engineParts, ...config.watch, observer: engine, engine, store, sinks, self, reportError },
      ...{ bootId, bootTime: readBootTime(), readStopTime, readySeconds: limits.verify },
      enqueue: (request) => scheduler.enqueue(request),
    }),
  )

  const statusDeps = { ...engineParts, repository, store, scheduler, liveStack, branch, diskPath: workTree }
  const trees = await openRevisionTrees(workTree, scratch, config.source)
  const methods = createMethods({
    ...{ repository, workTree, store, scheduler, branch, logEvents },
    images: engine,
    readStatus: () => readStatus(statusDeps, pkg.version),
    planRevision: createRevisionPlanner({ ...engineParts, trees, gate, contents, store, strategy, liveStack }),
  })
  const rpc = createRpc(methods, (method, thrown) => reportError(`${method} failed`, thrown))

  await removeIndexLock(workTree)
  const lookUpUserName = createUserNameLookup()
  const listenAddress: ListenAddress =
    Number(env.LISTEN_PID) === process.pid && env.LISTEN_FDS ? { fd: 3 } : { path: config.socket }
  const server = await listen(listenAddress, rpc, (socket) => readSocketPeer(socket, lookUpUserName))
  notifier.startWatchdog(() => scheduler.isProgressing())
  const started = `bpt-deployer ${pkg.version} answers on ${'path' in listenAddress ? listenAddress.path : config.socket}`
  for (const sink of sinks) sink.publish({ kind: 'started', text: started })
  // Keep the rules of an interrupted swap until its deploy, which runs again, has ended: they hold connections.
  if (!store.unfinishedDeploys().some(({ state }) => state === 'running'))
    gate.stopDiverting().catch((thrown: unknown) => reportError('rules of an earlier swap may be left', thrown))
  scheduler.requeueUnfinished()
  if (config.source.catch_up)
    await enqueueMissedPush().catch((thrown: unknown) => reportError('pushes may be missed', thrown))
  notifier.notifyReady()
  void engine.missingPlugin().then((failure) => failure && journal.reportError(failure.message))

  async function enqueueMissedPush(): Promise<void> {
    const missed = await findMissedPush(branch, { repository, store, self, lookUpName: lookUpUserName })
    if (missed) await scheduler.enqueue(createMissedPushRequest(missed, branch))
  }

  return {
    async stop(signal) {
      notifier.notifyStopping()
      for (const sink of sinks) sink.publish({ kind: 'stopping', text: `stopping on ${signal}` })
      // Ask systemd for time only as long as putting back may take: systemd then kills an agent that hangs.
      const deadline = performance.now() + 1_000 * limits['put back']
      const extension = setInterval(() => performance.now() < deadline && notifier.extendStopTimeout(5_000), 1_000)
      await scheduler.stop()
      await server.close()
      clearInterval(extension)
      // The notifier reads the store once more in the next turn of the event loop, for its last status line.
      await nextTurn()
      store.close()
      await journal.end()
    },
  }
}
