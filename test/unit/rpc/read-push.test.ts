import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPush } from '../../../agent/rpc/read-push.ts'
import { fullHash } from '../support/sample-deploys.ts'

const [pushed, byHand, wanted] = ['aaaaaaa', 'bbbbbbb', 'ccccccc'].map(fullHash) as [string, string, string]
const ref = 'refs/heads/main'

describe('a push that deploys', () => {
  it('names the commits by hand that it replaces', async () => {
    const { update, notes } = await read(byHand)
    assert.equal(update?.new, wanted)
    assert.deepEqual(notes, [
      'leaves behind bbbbbbb "Repair" and 1 before it, which no branch has; bring it back: git -C /srv/code branch by-hand-bbbbbbb bbbbbbb',
    ])
  })

  it('asks git only if no push has brought the commit before', async () => {
    for (const old of [pushed, '0'.repeat(40)]) assert.deepEqual((await read(old)).notes, [])
  })
})

function read(old: string) {
  return readPush([{ old, new: wanted, ref }], {
    repository: {
      resolve: () => assert.fail('no tag was pushed'),
      keepLeftBehind: async (tip, next) => {
        assert.deepEqual([tip, next], [byHand, wanted])
        return [
          { revision: byHand, subject: 'Repair' },
          { revision: pushed, subject: 'Before' },
        ]
      },
    },
    store: { wasRequested: (revision) => revision === pushed, liveDeploy: () => null },
    branch: 'main',
    workTree: '/srv/code',
  })
}
