// Orders for a ledger, and a source whose revisions descend from each other by the alphabet.
import type { Order } from '../../../agent/interfaces/deploy-store.ts'
import type { Source } from '../../../agent/interfaces/repository.ts'

export const order = (revision: string): Order => ({
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

export function revisions(tip: string | null): Source {
  return {
    resolve: async (revision) => ({ revision, subject: '' }),
    pin: async () => {},
    unpin: async () => {},
    tip: async () => tip,
    contains: async (newer, older) => newer >= older,
    ahead: async () => 0,
    head: async () => null,
    checkOut: async () => 0,
  }
}
