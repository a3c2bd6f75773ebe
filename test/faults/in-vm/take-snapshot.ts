// Runs on the machine: waits until the agent rests, then prints what is recorded and what there really is.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import type { Deploy, Status } from '../../../agent/protocol/messages.ts'
import type { Look, Sight } from '../checks/snapshot.ts'
import { ask } from './call-agent.ts'
import { compared } from './compare-sources.ts'
import { containers, images, networks } from './docker-api.ts'
import { lost } from './engine-losses.ts'
import { left } from './leftovers.ts'

const code = '/bpt/production/code'
const atOnce = '/var/lib/faults/at-once'
const { since, compared: known, patience }: Look = JSON.parse(readFileSync(0, 'utf8'))

const git = (...args: string[]) => execFileSync('git', ['-C', code, ...args], { encoding: 'utf8' }).trim()
const tip = git('rev-parse', '--verify', 'refs/heads/main')
const restless = await rest(Date.now() + patience)
const status = await ask<Status>('status').catch(() => null)
const deploys = status ? await recorded() : []
const pictures = await images()
const sight: Sight = {
  restless,
  status,
  deploys,
  logs: Object.fromEntries(deploys.map(({ id, log }) => [id, lines(log)])),
  strayLogs: strays(),
  containers: await containers(),
  networks: await networks(),
  images: pictures,
  sources: await compared(pictures, known, code),
  tree: {
    head: git('rev-parse', 'HEAD'),
    dirty: git('status', '--porcelain', '--untracked-files=no').split('\n').filter(Boolean),
  },
  tip,
  left: await left(),
  lost: await lost(),
  atOnce: sampled(),
}
process.stdout.write(JSON.stringify(sight))

/** Nothing runs, nothing waits, and what the branch names was asked for. */
async function rest(until: number): Promise<string | null> {
  for (let turns = 1; ; turns++) {
    const why = await reason()
    if (why === null || Date.now() > until) return why
    // Patience does not help an engine that has lost something.
    if (turns % 100 === 0 && (await lost().catch(() => [])).length > 0) return why
    // Nobody's news would do: a round may have frozen or filled the journal, and taken the engine and its events away.
    await after(50)
  }
  async function reason(): Promise<string | null> {
    try {
      const { running, waitingCount, drift } = await ask<Status>('status')
      if (running) return `deploy ${running.id} runs: ${running.step}`
      if (waitingCount > 0) return `${waitingCount} wait`
      if (drift[0]) return drift[0]
      const asked = (await ask<Deploy[]>('history', { limit: 50 })).some(({ revision }) => revision === tip)
      return asked ? null : `main is ${tip}, which nobody has asked for`
    } catch (thrown) {
      return `the agent does not answer: ${thrown}`
    }
  }
}

async function recorded(): Promise<Deploy[]> {
  const found: Deploy[] = []
  for (let before: number | undefined; ; before = found.at(-1)?.id) {
    const page = await ask<Deploy[]>('history', { limit: 1000, ...(before && { before }) })
    found.push(...page.filter(({ id }) => id > since))
    if (page.length < 1000 || (page.at(-1)?.id ?? 0) <= since) return found.toReversed()
  }
}

function lines(path: string): string[] | null {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : null
}

/** Log files newer than the oldest deploy of this look that no deploy names. */
function strays(): string[] {
  const own = new Set(deploys.map(({ log }) => log))
  const first = deploys[0]?.log ?? ''
  const folder = '/bpt/production/build-logs'
  return readdirSync(folder)
    .map((name) => `${folder}/${name}`)
    .filter((path) => first !== '' && path > first && !own.has(path))
}

/** Taken away as it is read, so that each moment is told once. */
function sampled(): Sight['atOnce'] {
  if (!existsSync(atOnce)) return []
  renameSync(atOnce, `${atOnce}.read`)
  return readFileSync(`${atOnce}.read`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}
