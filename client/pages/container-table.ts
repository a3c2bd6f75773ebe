// Lays out the containers of the stack as a table.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import type { ContainerStatus } from '../../agent/protocol/messages.ts'
import { plainWords } from '../text/plain-text.ts'
import { type Cell, type Column, formatTable } from '../text/table.ts'
import { ageAt } from '../text/time-text.ts'
import type { PageContext } from './page-context.ts'

const columns: Column[] = [{ shrinks: true }, { shrinks: true }, {}, { align: 'right' }, { shrinks: true }]

/** @param live the revision that is recorded as live. */
export function containerTable(containers: ContainerStatus[], live: string | null, page: PageContext): string[] {
  if (containers.length === 0) return []
  const header = ['SERVICE', 'CONTAINER', 'STATE', 'SINCE', 'IMAGE'].map((text): Cell => ({ text, style: 'dim' }))
  const rows = containers.map((container): Cell[] => [
    plainWords(container.service),
    plainWords(container.container),
    { text: stateText(container), style: isWell(container) ? null : 'red' },
    container.since === null || container.state === 'missing' ? '' : ageAt(container.since, page.now),
    imageText(container, live),
  ])
  return formatTable(columns, [header, ...rows], page.layout)
}

function isWell({ state, health }: ContainerStatus): boolean {
  return state === 'running' && health !== 'unhealthy'
}

function stateText({ state, health, restarts }: ContainerStatus): string {
  const hasCheck = health !== null && health !== 'none'
  const word = state === 'running' && hasCheck ? health : state
  return restarts > 0 ? `${word}, ${restarts} restart${restarts === 1 ? '' : 's'}` : word
}

/** Writes `bpt-server:9f3c1a2` for an image that was built here, its own name for any other. */
function imageText({ image, revisions, latest, built, state }: ContainerStatus, live: string | null): string {
  const name = plainWords(image)
  if (state === 'missing') return ''
  if (!built) return name
  const revision = live !== null && revisions.includes(live) ? live : revisions[0]
  const runs = revision ? revisionImage(name, shortHash(revision)) : `${name} of no known revision`
  return latest ? runs : `${runs}, but ${name} names another image now`
}

/** Returns the tag of a revision: the agent tags `shop:latest` as `shop:REVISION`, and `shop:web` as
 * `shop:REVISION-web`. */
function revisionImage(name: string, revision: string): string {
  const [, repository = name, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? []
  return `${repository}:${revision}${tag === 'latest' ? '' : `-${tag}`}`
}
