// Implements the traffic gate by nftables, in a table of its own. The agent renews the lease of its rules while it
// runs.
import { createHash } from 'node:crypto'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { TrafficGate } from '../../interfaces/traffic-gate.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput } from '../host/command.ts'
import { dropNetAdmin, withNetAdmin } from '../host/net-admin.ts'
import { isLoopbackRouted } from './loopback-routing.ts'
import { createTable, type DivertedRoute, deleteTable, flushLease } from './nft-rules.ts'

/** The rules end by themselves so long after the last renewal. */
const leaseSeconds = 20
const renewIntervalMs = 5_000

const nftTimeoutMs = 5_000

export interface NftGate extends TrafficGate {
  /** The name of the nft table. */
  readonly table: string
}

/**
 * @param workTree determines the name of the table: each agent on a host needs a table of its own.
 * @param maxSeconds for which connections are held.
 */
export function createNftGate(workTree: string, maxSeconds: number, env: NodeJS.ProcessEnv): NftGate {
  const table = `bpt_deployer_${createHash('sha256').update(workTree).digest('hex').slice(0, 8)}`
  dropNetAdmin()
  let isNftUsable = false
  /** True once this agent has deleted the table that an earlier process may have left. */
  let isLeftoverGone = false
  /** True while the table may hold rules of this agent. */
  let hasRules = false
  let held: PublishedPort[] = []
  let routes: DivertedRoute[] = []
  let renewal: NodeJS.Timeout | undefined
  let divertedSince = 0
  let lastTransaction: Promise<void> = Promise.resolve()

  /** Runs one transaction at a time; `text` is called only when the transaction begins. */
  const enqueue = (text: () => string): Promise<void> => {
    const done = lastTransaction.then(() => runTransaction(text(), env))
    lastTransaction = done.catch(() => {})
    return done
  }

  /** The kernel needs three times as long to delete a table as to create one: delete it only if it may exist. */
  const writeRules = (mayExist: boolean) =>
    enqueue(() => `${mayExist ? deleteTable(table) : ''}${createTable(table, { held, routes }, leaseSeconds)}`)

  const divert = async () => {
    clearInterval(renewal)
    const mayExist = hasRules || !isLeftoverGone
    hasRules = true
    await writeRules(mayExist).catch((thrown) => {
      held = []
      routes = []
      throw thrown
    })
    // Renew nothing if `stopDiverting` was called while nft ran.
    if (held.length === 0 && routes.length === 0) return
    renewal = setInterval(() => {
      if (performance.now() - divertedSince >= maxSeconds * 1000) held = []
      // A standby serves redirected connections, so that they need no limit.
      if (held.length > 0 || routes.length > 0) void writeRules(true).catch(() => {})
      else void gate.stopDiverting().catch(() => {})
    }, renewIntervalMs)
  }

  const gate: NftGate = {
    table,

    async whyUnavailable() {
      if (isNftUsable) return null
      try {
        // Only check: the rules of an agent that died during a swap hold connections until the swap continues.
        await runTransaction(deleteTable(table), env, '--check')
        isNftUsable = true
        return null
      } catch (thrown) {
        return Failure.from(thrown).message
      }
    },

    async hold(ports) {
      const notRedirected = ports.filter((port) => !routes.some((route) => isSamePort(route.port, port)))
      if (notRedirected.length === 0) return
      if (held.length === 0) divertedSince = performance.now()
      held = notRedirected
      await divert()
    },

    async redirect(newRoutes) {
      if (newRoutes.length === 0) return
      divertedSince = performance.now()
      routes = newRoutes.map((route) => ({ ...route, isLoopbackRouted: isLoopbackRouted(route.to.ip) }))
      await divert()
    },

    async stopDiverting() {
      clearInterval(renewal)
      const wereRedirected = routes.length > 0
      held = []
      routes = []
      if (wereRedirected) await enqueue(() => flushLease(table))
      else await gate.removeRules()
      return wereRedirected
    },

    async removeRules() {
      if (isLeftoverGone && !hasRules) return
      // Without the right to use nft this agent has set no rules, and those of an earlier process end by their lease.
      if (!hasRules && (await gate.whyUnavailable()) !== null) return
      await enqueue(() => deleteTable(table))
      isLeftoverGone = true
      hasRules = false
    },
  }
  return gate
}

function isSamePort(a: PublishedPort, b: PublishedPort): boolean {
  return a.published === b.published && a.address?.ip === b.address?.ip
}

/** @throws gate_stuck, with the reason and the command that helps. */
async function runTransaction(text: string, env: NodeJS.ProcessEnv, ...options: string[]): Promise<void> {
  const signal = AbortSignal.timeout(nftTimeoutMs)
  const nft = withNetAdmin(() => captureOutput('nft', [...options, '-f', '-'], { cwd: '/', env, signal, input: text }))
  const { code, stderr } = await nft.catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw Failure.of('gate_stuck', { reason: 'nft is not installed (apt-get install nftables)' }, thrown)
    throw Failure.of('gate_stuck', { reason: `nft: ${thrown instanceof Error ? thrown.message : thrown}` }, thrown)
  })
  if (code === 0) return
  const firstLine = stderr.split('\n')[0]?.trim() ?? ''
  const isNotPermitted = /not permitted/i.test(firstLine)
  throw Failure.of('gate_stuck', {
    reason: isNotPermitted ? 'the agent lacks CAP_NET_ADMIN (systemctl cat bpt-deployer)' : `nft: ${firstLine}`,
  })
}
