// The gate by nft, in a table of its own. The agent extends the lease of its rules while it lives.
import { createHash } from 'node:crypto'
import type { Gate, Route } from '../gate.ts'
import type { Port } from '../port.ts'
import { kept, lent } from './capability.ts'
import { capture } from './command.ts'
import { removed, rules } from './nft-rules.ts'

/** Seconds that the rules outlive the agent, and milliseconds between two extensions. */
const lease = 20
const pace = 5_000

/** Milliseconds that nft may take. */
const patience = 5_000

export interface NftGate extends Gate {
  /** The name of the table. */
  readonly table: string
}

/**
 * @param root the work tree: agents of several stacks on one machine have a table each.
 * @param most seconds that connections wait at most.
 */
export function nftGate(root: string, most: number, env: NodeJS.ProcessEnv): NftGate {
  const table = `bpt_deployer_${createHash('sha256').update(root).digest('hex').slice(0, 8)}`
  kept()
  let able = false
  /** False until what an earlier life may have left is gone. */
  let clean = false
  let held: Port[] = []
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

  const apply = () => nft(() => rules(table, { held, routes }, lease))

  const extend = () => {
    clearInterval(extending)
    extending = setInterval(() => {
      if (performance.now() - since < most * 1000) void apply().catch(() => {})
      else void gate.open().catch(() => {})
    }, pace)
  }

  const gate: NftGate = {
    table,

    async hindrance() {
      if (able) return null
      try {
        await nft(() => removed(table))
        able = true
        return null
      } catch (thrown) {
        return thrown instanceof Error ? thrown.message : String(thrown)
      }
    },

    async hold(ports) {
      const led = new Set(routes.map(({ port }) => port.published))
      const more = ports.filter(({ published }) => published !== null && !led.has(published))
      if (more.length === 0) return
      if (held.length === 0) since = performance.now()
      held = more
      await apply()
      extend()
    },

    async lead(wanted) {
      if (wanted.length === 0) return
      since = performance.now()
      routes = wanted
      await apply()
      extend()
    },

    async open() {
      clearInterval(extending)
      const led = routes.length > 0
      if (clean && held.length === 0 && !led) return false
      held = []
      routes = []
      await nft(() => removed(table))
      clean = true
      return led
    },
  }
  return gate
}

/** @throws Error whose message says what stands in the way and what to do about it. */
async function transaction(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  const nft = lent(() => capture('nft', ['-f', '-'], { cwd: '/', env, signal, input: text }))
  const { code, stderr } = await nft.catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw new Error('nft is not installed (apt-get install nftables)', { cause: thrown })
    throw thrown
  })
  if (code === 0) return
  const why = stderr.split('\n')[0]?.trim() ?? ''
  throw new Error(
    /not permitted/i.test(why) ? 'the agent lacks CAP_NET_ADMIN (systemctl cat bpt-deployer)' : `nft: ${why}`,
  )
}
