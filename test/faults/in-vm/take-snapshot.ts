// Runs on the VM: waits until the agent rests, then prints a Snapshot. Reads its SnapshotRequest from its input.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deploy, Status } from '../../../agent/protocol/messages.ts'
import type { Overlap, Snapshot, SnapshotRequest } from '../checks/snapshot.ts'
import { callAgent } from './call-agent.ts'
import { compareSources } from './compare-sources.ts'
import { listContainers, listImages, listNetworks } from './docker-api.ts'
import { findEngineLosses } from './engine-losses.ts'
import { findLeftovers } from './leftovers.ts'

const repository = '/bpt/production/code'
const logsFolder = '/bpt/production/build-logs'
const overlapsFile = '/var/lib/faults/overlaps'
const pageSize = 1000
const { afterDeployId, comparedPairs, restTimeoutMs }: SnapshotRequest = JSON.parse(readFileSync(0, 'utf8'))

const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim()
const branchTip = git('rev-parse', '--verify', 'refs/heads/main')
const unrest = await waitForRest(Date.now() + restTimeoutMs)
const status = await callAgent<Status>('status').catch(() => null)
const history = status ? await readHistory() : []
const deploys = history.filter(({ id }) => id > afterDeployId)
const images = await listImages()
const snapshot: Snapshot = {
  unrest,
  status,
  deploys,
  logs: Object.fromEntries(deploys.map(({ id, log }) => [id, readLines(log)])),
  strayLogs: findStrayLogs(),
  containers: await listContainers(),
  networks: await listNetworks(),
  images,
  sources: await compareSources(images, comparedPairs, repository),
  plannedChanges: findPlannedChanges(),
  workTree: {
    head: git('rev-parse', 'HEAD'),
    dirtyFiles: git('status', '--porcelain', '--untracked-files=no').split('\n').filter(Boolean),
  },
  leftovers: await findLeftovers(),
  engineLosses: await findEngineLosses(),
  overlaps: takeOverlaps(),
}
process.stdout.write(JSON.stringify(snapshot))

/** Waits until nothing runs or waits and the branch's tip was requested; returns the reason if it takes too long. */
async function waitForRest(endTime: number): Promise<string | null> {
  for (let polls = 1; ; polls++) {
    const reason = await reasonOfUnrest()
    if (reason === null || Date.now() > endTime) return reason
    // No wait helps an engine that has lost something.
    if (polls % 100 === 0 && (await findEngineLosses().catch(() => [])).length > 0) return reason
    // Polls: a fault may have frozen the journal, or ended the engine and its events.
    await sleep(50)
  }
}

async function reasonOfUnrest(): Promise<string | null> {
  try {
    const { running, waitingCount, drift } = await callAgent<Status>('status')
    if (running) return `deploy ${running.id} runs: ${running.step}`
    if (waitingCount > 0) return `${waitingCount} deploys wait`
    if (drift[0]) return drift[0]
    const newest = await callAgent<Deploy[]>('history', { limit: 50 })
    const isRequested = newest.some(({ revision }) => revision === branchTip)
    return isRequested ? null : `main is ${branchTip}, which was never requested`
  } catch (thrown) {
    return `the agent does not answer: ${thrown}`
  }
}

/** Returns at least the deploys above `afterDeployId`, oldest first. */
async function readHistory(): Promise<Deploy[]> {
  const deploys: Deploy[] = []
  for (let before: number | undefined; ; before = deploys.at(-1)?.id) {
    const page = await callAgent<Deploy[]>('history', { limit: pageSize, ...(before && { before }) })
    deploys.push(...page)
    if (page.length < pageSize || (page.at(-1)?.id ?? 0) <= afterDeployId) return deploys.toReversed()
  }
}

function readLines(path: string): string[] | null {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : null
}

function findStrayLogs(): string[] {
  // Names of one second are in no order, so that a deploy of an earlier round may have a later name.
  const namedLogs = new Set(history.map(({ log }) => log))
  const oldestLog = deploys[0]?.log ?? ''
  return readdirSync(logsFolder)
    .map((name) => `${logsFolder}/${name}`)
    .filter((path) => oldestLog !== '' && path > oldestLog && !namedLogs.has(path))
}

/** Asks compose for the changes that it would make. The agent is at rest, so that nothing changes meanwhile. */
function findPlannedChanges(): string[] {
  const args = ['compose', '--dry-run', 'create', '--no-build', '--pull', 'never', '--remove-orphans']
  const { stdout, stderr } = spawnSync('docker', args, { cwd: repository, encoding: 'utf8', timeout: 30_000 })
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => /\b(?:Creating|Recreate|Removing|Stopping|Renaming)\b/.test(line))
    .map((line) => line.replace(/^.*DRY-RUN MODE - */, '').trim())
}

/** Moves the file away as it is read, so that each overlap is reported once. */
function takeOverlaps(): Overlap[] {
  if (!existsSync(overlapsFile)) return []
  renameSync(overlapsFile, `${overlapsFile}.read`)
  return readFileSync(`${overlapsFile}.read`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}
