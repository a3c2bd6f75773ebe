// Checks that the containers are those of the live release, as compose would leave them.
import { filledFileSystem } from '../faults/fault.ts'
import type { RoundEvidence } from './invariants.ts'

const referenceContainers = ['bpt-production', 'db-production']
const networks = ['bridge', 'host', 'none', 'prod-net', 'code_default']

export function checkStack(round: RoundEvidence): string[] {
  const { snapshot, fault } = round
  const live = liveCommit(round)
  // A full disk may keep the work tree from being put back, so that compose would read another revision.
  if (!live || filledFileSystem(fault.kind)) return []
  const expected = [...referenceContainers, ...live.containers]
  const missing = expected.filter((name) => !snapshot.containers.some((container) => container.name === name))
  const wrongStates = snapshot.containers.filter(
    ({ name, state }) => expected.includes(name) && state !== (name.includes('migrate') ? 'exited' : 'running'),
  )
  return [
    ...snapshot.plannedChanges.map((change) => `compose would change: ${change}`),
    ...missing.map((name) => `${name} is missing`),
    ...wrongStates.map(({ name, state }) => `${name} is ${state}`),
  ]
}

export function findLeftovers(round: RoundEvidence): string[] {
  const { containers, networks: found, leftovers, strayLogs } = round.snapshot
  const expected = [...referenceContainers, ...networks, ...(liveCommit(round)?.containers ?? [])]
  const used = containers.filter(({ name }) => !name.startsWith('bpt-keeps-'))
  const names = [...used.map(({ name }) => name), ...found]
  return [...names.filter((name) => !expected.includes(name)), ...leftovers, ...strayLogs]
}

function liveCommit({ snapshot, findCommit }: RoundEvidence) {
  return findCommit(snapshot.status?.live?.revision ?? '')
}
