// Checks that one release is live in every respect: the record, the running image, :latest and the work tree.
import type { Snapshot } from './snapshot.ts'

/** @param mayLackSpace true when a full disk may have kept the work tree from being put back, as the log then says. */
export function checkLive(snapshot: Snapshot, mayLackSpace: boolean): string[] {
  const { status, containers, images, deploys, workTree, logs } = snapshot
  const details: string[] = []
  const live = status?.live
  const newestRelease = deploys.findLast(({ state }) => state === 'live' || state === 'was live')
  if (newestRelease && newestRelease.id !== live?.id)
    details.push(`${live?.id} is live, though ${newestRelease.id} went live later`)
  const imageOf = (tag: string) => images.find(({ tags }) => tags.includes(`bpt-server:${tag}`))?.id ?? 'nothing'
  const server = containers.find(({ name }) => name === 'bpt-production')
  if (!live) {
    if (server) details.push(`bpt-production exists (${server.state}), though nothing is live`)
    if (imageOf('latest') !== 'nothing') details.push(':latest exists, though nothing is live')
    return details
  }
  const imageIds = { recorded: imageOf(live.revision), latest: imageOf('latest'), runs: server?.image ?? 'nothing' }
  if (new Set(Object.values(imageIds)).size > 1) details.push(JSON.stringify(imageIds))
  if (server?.state !== 'running') details.push(`bpt-production is ${server?.state ?? 'not there'}`)
  details.push(...(status?.drift ?? []))
  const staysAsItIs = Object.values(logs).some((lines) =>
    lines?.some((line) => line.includes('the work tree stays as it is')),
  )
  if (mayLackSpace && staysAsItIs) return details
  if (workTree.head !== live.revision) details.push(`the work tree holds ${workTree.head}, not ${live.revision}`)
  if (workTree.dirtyFiles.length > 0) details.push(`the work tree differs: ${workTree.dirtyFiles.join(', ')}`)
  return details
}
