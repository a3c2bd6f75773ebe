// Lists agents that are broken on purpose. Each stores something before it is true, by a wrapper around the real deploy
// store.
import type { DeployStore } from '../../../agent/interfaces/deploy-store.ts'
import type { Invariant } from '../checks/invariants.ts'
import type { WriteBoundary } from '../faults/write-boundary.ts'

export interface Mutant {
  /** Completes the sentence "an agent that ...". */
  description: string
  mutate<Store extends DeployStore>(store: Store): Store
  /** The instant at which a kill brings the mistake to light. */
  killAt: WriteBoundary
  /** The invariant that must be violated then. */
  violates: Invariant
}

const afterBuildBegins: WriteBoundary = { write: 'step begin', side: 'after', name: 'build' }

export const mutants = {
  'early live': {
    description: 'records a release as live before it is',
    mutate: (store) => ({
      ...store,
      beginStep(id: number, name: string, at: number) {
        if (name === 'check out') store.endDeploy(id, { state: 'live', sentence: 'live', images: {} }, at)
        store.beginStep(id, name, at)
      },
    }),
    killAt: afterBuildBegins,
    violates: 'live',
  },
  'early images': {
    description: 'records the images of a revision before they are built',
    mutate: (store) => ({
      ...store,
      beginStep(id: number, name: string, at: number) {
        const live = store.liveDeploy()
        if (name === 'check out') store.saveImages(id, (live && store.imagesOf(live.id)) ?? {})
        store.beginStep(id, name, at)
      },
    }),
    killAt: afterBuildBegins,
    violates: 'sources',
  },
  'early end': {
    description: 'records the end before the log has it',
    mutate(store) {
      let step = ''
      return {
        ...store,
        beginStep(id: number, name: string, at: number) {
          step = name
          store.beginStep(id, name, at)
        },
        endStep(id: number, ok: boolean, remark: string, at: number) {
          store.endStep(id, ok, remark, at)
          if (step === 'verify')
            store.endDeploy(id, { state: 'live', sentence: 'live', images: store.imagesOf(id) ?? {} }, at)
        },
      }
    },
    killAt: { write: 'end', side: 'after', name: 'live' },
    violates: 'logs',
  },
} satisfies Record<string, Mutant>

export type MutantName = keyof typeof mutants
