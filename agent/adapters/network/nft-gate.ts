// The gate by nft, in a table of its own. The agent extends the lease of its rules while it lives.
import { createHash } from 'node:crypto'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { Route, TrafficGate } from '../../interfaces/traffic-gate.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput } from '../host/command.ts'
import { dropNetAdmin, withNetAdmin } from '../host/net-admin.ts'
import { createTable, deleteTable, flushLease } from './nft-rules.ts'

/** Seconds that the rules outlive the agent, and milliseconds between two extensions. */
const leaseSeconds = 20
const extendIntervalMs = 5_000

/** Milliseconds that nft may take. */
const nftTimeoutMs = 5_000

export interface NftGate extends TrafficGate {
  /** The name of the table. */
  readonly table: string
}

/**
 * @param root the work tree: agents of several stacks on one machine have a table each.
 * @param most seconds that connections wait at most.
 */
export function createNftGate(root: string, most: number, env: NodeJS.ProcessEnv): NftGate {
  const table = `bpt_deployer_${createHash('sha256').update(root).digest('hex').slice(0, 8)}`
  dropNetAdmin()
  let able = false
  /** False until what an earlier life may have left is gone. */
  let clean = false
  /** True from the first rule on until the table is gone. */
  let begun = false
  let held: PublishedPort[] = []
  let routes: Route[] = []
  let extending: NodeJS.Timeout | undefined
  let since = 0
  let last: Promise<void> = Promise.resolve()

  /** One transaction after the other. */
  const nft = (text: () => string): Promise<void> => {
    const done = last.then(() => transaction(text(), env))
    last = done.catch(() => {})
    return done
  }

  /** The kernel takes rules at once, but three times as long to take some away: asked for only where some may be. */
  const apply = (there: boolean) =>
    nft(() => `${there ? deleteTable(table) : ''}${createTable(table, { held, routes }, leaseSeconds)}`)

  const begin = async () => {
    clearInterval(extending)
    const there = begun || !clean
    begun = true
    await apply(there).catch((thrown) => {
      held = []
      routes = []
      throw thrown
    })
    // Opened meanwhile, it holds and leads nothing.
    if (held.length === 0 && routes.length === 0) return
    extending = setInterval(() => {
      if (performance.now() - since < most * 1000) void apply(true).catch(() => {})
      else void gate.stopDiverting().catch(() => {})
    }, extendIntervalMs)
  }

  const gate: NftGate = {
    table,

    async whyUnavailable() {
      if (able) return null
      try {
        // Only asked for: what an earlier life set still holds connections, until the swap that it began goes on.
        await transaction(deleteTable(table), env, '--check')
        able = true
        return null
      } catch (thrown) {
        return Failure.from(thrown).message
      }
    },

    async hold(ports) {
      const more = ports.filter((port) => !routes.some((route) => same(route.port, port)))
      if (more.length === 0) return
      if (held.length === 0) since = performance.now()
      held = more
      await begin()
    },

    async redirect(wanted) {
      if (wanted.length === 0) return
      since = performance.now()
      routes = wanted
      await begin()
    },

    async stopDiverting() {
      clearInterval(extending)
      const led = routes.length > 0
      held = []
      routes = []
      if (!led) await gate.removeRules()
      else await nft(() => flushLease(table))
      return led
    },

    async removeRules() {
      if (clean && !begun) return
      // Whoever may not ask for rules has set none in this life, and those of an earlier one end by themselves.
      if (!begun && (await gate.whyUnavailable()) !== null) return
      await nft(() => deleteTable(table))
      clean = true
      begun = false
    },
  }
  return gate
}

function same(a: PublishedPort, b: PublishedPort): boolean {
  return a.published === b.published && a.address?.ip === b.address?.ip
}

/** @throws Failure whose message says what stands in the way and what to do about it. */
async function transaction(text: string, env: NodeJS.ProcessEnv, ...options: string[]): Promise<void> {
  const signal = AbortSignal.timeout(nftTimeoutMs)
  const nft = withNetAdmin(() => captureOutput('nft', [...options, '-f', '-'], { cwd: '/', env, signal, input: text }))
  const { code, stderr } = await nft.catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw Failure.of('gate_stuck', { reason: 'nft is not installed (apt-get install nftables)' }, thrown)
    throw Failure.of('gate_stuck', { reason: `nft: ${thrown instanceof Error ? thrown.message : thrown}` }, thrown)
  })
  if (code === 0) return
  const why = stderr.split('\n')[0]?.trim() ?? ''
  const lacks = /not permitted/i.test(why)
  throw Failure.of('gate_stuck', {
    reason: lacks ? 'the agent lacks CAP_NET_ADMIN (systemctl cat bpt-deployer)' : `nft: ${why}`,
  })
}
