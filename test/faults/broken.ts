// Agents that are broken on purpose, each by one line. An invariant that does not catch its own is worth nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../vm/paths.ts'
import type { Boundary } from './boundary.ts'
import type { Card } from './deck.ts'
import type { Invariant } from './judge.ts'
import { type Past, round } from './round.ts'

interface Break {
  what: string
  /** What of the built agent becomes what. */
  line: RegExp
  becomes: string
  /** Where a kill brings it to light, and what must tell. */
  at: Boundary
  tells: Invariant
}

const beforeDeploy = /const release\d*\s?=\s?await deployRevision\(running\.revision,\s?deps\);/

const breaks: Break[] = [
  {
    what: 'records a release as live before it is',
    line: beforeDeploy,
    becomes: `context.store.endDeploy(running.id, { state: 'live', sentence: 'live', images: {} }, Date.now()); $&`,
    at: { write: 'step begin', side: 'after', name: 'build' },
    tells: 'live',
  },
  {
    what: 'records the images of a revision before they are built',
    line: beforeDeploy,
    becomes:
      'context.store.saveImages(running.id, await context.engine.runningImages(await context.engine.readProject(deps.outside))); $&',
    at: { write: 'step begin', side: 'after', name: 'build' },
    tells: 'sources',
  },
  {
    what: 'records the end before the log has it',
    line: /async function recordOutcome\((\w+),\s?\w+,\s?(\w+),\s?(\w+)\)\s?\{/,
    becomes: '$& $3.store.endDeploy($1.id, $2, Date.now());',
    at: { write: 'end', side: 'after', name: 'live' },
    tells: 'logs',
  },
]

/** Milliseconds that a broken agent gets to come to rest: it never does. */
const impatience = 5_000

const installed = '/usr/lib/bpt-deployer/agent.js'

export interface Trial {
  what: string
  caught: boolean
  /** Invariants that the same round breaks with the whole agent: none. */
  whole: number
}

/** Tries each broken agent, and the whole one after it by the same fault. */
export async function trials(past: Past): Promise<Trial[]> {
  const whole = await readFile(join(checkoutDirectory, 'dist/lib/agent.js'), 'utf8')
  const found: Trial[] = []
  for (const { what, line, becomes, at, tells } of breaks) {
    if (!line.test(whole)) throw new Error(`the agent has no line ${line}, so that it cannot be broken there`)
    const card: Card = { fault: { kind: 'kill', at, ms: 0 }, order: ['good'] }
    await install(past, whole.replace(line, becomes))
    const { violations } = await round(card, past, impatience)
    await install(past, whole)
    const healed = await round(card, past)
    const caught = violations.some(({ invariant }) => invariant === tells)
    found.push({ what, caught, whole: healed.violations.length })
  }
  return found
}

async function install({ ground }: Past, agent: string): Promise<void> {
  const { vm } = ground.site
  await vm.run(`systemctl stop bpt-deployer; cat > ${installed}; systemctl start bpt-deployer`, { input: agent })
}
