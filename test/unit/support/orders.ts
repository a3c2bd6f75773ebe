// Orders for a ledger, and a source whose revisions descend from each other by the alphabet.
import type { NewDeploy } from '../../../agent/interfaces/deploy-store.ts'
import type { Repository } from '../../../agent/interfaces/repository.ts'

export const order = (revision: string): NewDeploy => ({
  revision,
  subject: 'Say "hello"',
  wanted: 'refs/heads/main',
  via: 'push',
  by: 'ada',
  uid: 1001,
  from: '10.0.0.1',
  log: `/logs/${revision}`,
  accepted: 1,
})

export function revisions(tip: string | null): Repository {
  return {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    branchTip: async () => tip,
    descendsFrom: async (newer, older) => newer >= older,
    countAhead: async () => 0,
    checkedOutRevision: async () => null,
    checkOut: async () => 0,
  }
}
