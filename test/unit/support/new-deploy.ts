// Makes new deploys for a store, and a repository whose revisions descend from each other in alphabetical order.
import type { NewDeploy } from '../../../agent/interfaces/deploy-store.ts'
import type { Repository } from '../../../agent/interfaces/repository.ts'

export const createNewDeploy = (revision: string): NewDeploy => ({
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

export function createRepository(tip: string | null): Repository {
  return {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    branchTip: async () => tip,
    lastWrite: async () => null,
    descendsFrom: async (newer, older) => newer >= older,
    countAhead: async () => 0,
    checkedOutRevision: async () => null,
    findPushObstacles: async () => [],
    keepLeftBehind: async () => [],
    checkOut: async () => 0,
  }
}
