// One release, by all of its names: what is recorded as live, what runs, what :latest is, what the work tree holds.
import type { Sight } from './snapshot.ts'

/** @param lacksRoom the work tree could not be put back where the log says so. */
export function live({ status, containers, images, deploys, tree, logs }: Sight, lacksRoom: boolean): string[] {
  const wrong: string[] = []
  const recorded = status?.live
  const newest = deploys.findLast(({ state }) => state === 'live' || state === 'was live')
  if (newest && newest.id !== recorded?.id) wrong.push(`${recorded?.id} is live, though ${newest.id} went live later`)
  const image = (tag: string) => images.find(({ tags }) => tags.includes(`bpt-server:${tag}`))?.id ?? 'nothing'
  const server = containers.find(({ name }) => name === 'bpt-production')
  if (!recorded) {
    if (server) wrong.push(`bpt-production is there (${server.state}), though nothing is live`)
    return image('latest') === 'nothing' ? wrong : [...wrong, ':latest is there, though nothing is live']
  }
  const names = { recorded: image(recorded.revision), latest: image('latest'), runs: server?.image ?? 'nothing' }
  if (new Set(Object.values(names)).size > 1) wrong.push(JSON.stringify(names))
  if (server?.state !== 'running') wrong.push(`bpt-production is ${server?.state ?? 'not there'}`)
  const said = Object.values(logs).some((lines) => lines?.some((line) => line.includes('the work tree stays as it is')))
  if (lacksRoom && said) return [...wrong, ...(status?.drift ?? [])]
  if (tree.head !== recorded.revision) wrong.push(`the work tree holds ${tree.head}, not ${recorded.revision}`)
  if (tree.dirty.length > 0) wrong.push(`the work tree differs: ${tree.dirty.join(', ')}`)
  return [...wrong, ...(status?.drift ?? [])]
}
