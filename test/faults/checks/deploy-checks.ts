// Checks of the recorded deploys against the requests that were sent.
import type { Deploy } from '../../../agent/protocol/messages.ts'
import { type FaultKind, filledFileSystem } from '../faults/fault.ts'
import type { RoundEvidence } from './invariants.ts'

export function checkDeployNumbers({ snapshot: { deploys }, lastDeployId, answers }: RoundEvidence): string[] {
  const gaps = deploys.flatMap(({ id }, index) => {
    const previous = lastDeployId + index
    return id === previous + 1 ? [] : `after ${previous} comes ${id}`
  })
  const headlines = answers.flatMap(({ output }) => [
    ...output.matchAll(/^(?:remote: )?deploy (\d+) {2}([0-9a-f]{7}) /gm),
  ])
  const wrong = headlines.filter(([, id, revision]) => {
    const deploy = deploys.find((deploy) => deploy.id === Number(id))
    return Number(id) > lastDeployId && !deploy?.revision.startsWith(revision ?? ' ')
  })
  return [...gaps, ...wrong.map(([headline]) => `a caller was told "${headline}"`)]
}

export function checkEveryDeployEnds({ snapshot: { deploys } }: RoundEvidence): string[] {
  return deploys
    .filter((deploy) => !hasEnded(deploy))
    .map(({ id, state, sentence }) => `deploy ${id} is ${state}: ${sentence}`)
}

export function checkPushesHaveDeploys({ answers, snapshot: { deploys } }: RoundEvidence): string[] {
  return answers.flatMap(({ commit, code }) => {
    if (!commit || code !== 0) return []
    const isDeployed = deploys.some((deploy) => deploy.revision === commit.revision && hasEnded(deploy))
    return isDeployed ? [] : [`${commit.version} was pushed, and no deploy of it has ended`]
  })
}

/** Checks failures: a good version may fail only by a fault that leaves no other way. */
export function checkDeserved({ snapshot: { deploys }, findCommit, fault, wasRepaired }: RoundEvidence): string[] {
  const codesByFault: Partial<Record<FaultKind, string[]>> = {
    'kill three times': ['died'],
    'agent restart': ['stopped'],
  }
  const fullDiskCodes = ['disk_full', 'build_failed', 'up_failed', 'checkout_failed', 'network_failed']
  const excusedCodes = [
    ...(filledFileSystem(fault.kind) ? fullDiskCodes : []),
    ...(codesByFault[fault.kind] ?? []),
    ...(wasRepaired ? ['up_failed'] : []),
  ]
  return deploys.flatMap(({ id, state, code, revision, sentence }) => {
    const kind = findCommit(revision)?.kind
    const isGood = kind === 'good' || kind === 'slow'
    const wentLive = state === 'live' || state === 'was live'
    const isExcused = excusedCodes.includes(code ?? '')
    if (!isGood && wentLive) return [`deploy ${id} is ${state}, though it ${kind}`]
    if (state !== 'failed' || isExcused) return []
    if (isGood) return [`deploy ${id}: ${code}: ${sentence}`]
    const expectedCode = kind === 'does not build' ? 'build_failed' : 'unhealthy'
    return code === expectedCode ? [] : [`deploy ${id}, which ${kind}, failed with ${code}: ${sentence}`]
  })
}

export function checkCallersAreTold({ answers, snapshot: { deploys }, fault }: RoundEvidence): string[] {
  // A power cut takes the callers' connections away, and on a full disk there may be no record.
  if (fault.kind === 'power cut' || filledFileSystem(fault.kind)) return []
  return answers.flatMap(({ commit, code, output }) => {
    if (!commit || code !== 0) return []
    const text = output.replaceAll(/\nremote: */g, ' ')
    const isTold = deploys.some(({ sentence }) => sentence !== '' && text.includes(sentence))
    return isTold ? [] : [`${commit.version}: ${output.trim().split('\n').slice(-3).join(' / ')}`]
  })
}

function hasEnded({ ended, state, sentence }: Deploy): boolean {
  return ended !== null && state !== 'running' && state !== 'waiting' && sentence !== ''
}
