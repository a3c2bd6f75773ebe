import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPush } from '../../../agent/rpc/read-push.ts'
import { fullHash } from '../support/sample-deploys.ts'

const [pushed, byHand, wanted] = ['aaaaaaa', 'bbbbbbb', 'ccccccc'].map(fullHash) as [string, string, string]
const ref = 'refs/heads/main'

describe('a push that deploys', () => {
  it('names the commits by hand that it replaces', async () => {
    const { update, notes, asked } = await read(byHand)
    assert.equal(update?.new, wanted)
    assert.deepEqual(asked, [[byHand, wanted]])
    assert.deepEqual(notes, [
      'leaves behind bbbbbbb "Repair" and 1 before it, which no branch has; bring it back: git -C /srv/code branch by-hand-bbbbbbb bbbbbbb',
    ])
  })

  it('asks git only if no push has brought the commit before', async () => {
    for (const old of [pushed, '0'.repeat(40)]) {
      const { notes, asked } = await read(old)
      assert.deepEqual([notes, asked], [[], []])
    }
  })
})

describe('a push of tags', () => {
  it('names their commits, of ten tags at most: each costs a run of git', async () => {
    for (const { count, resolved } of [
      { count: 10, resolved: 10 },
      { count: 11, resolved: 0 },
    ]) {
      const tags = Array.from({ length: count }, (_, index) => `refs/tags/v${index}`)
      const asked: string[] = []
      const repository = {
        resolve: async (hash: string) => ({ revision: asked.push(hash) ? pushed : hash, subject: '' }),
        keepLeftBehind: () => assert.fail('no commit was replaced'),
      }
      const updates = tags.map((tag) => ({ old: '0'.repeat(40), new: byHand, ref: tag }))
      const { update, notes } = await readPush(updates, { ...settings, repository })
      assert.deepEqual([update, notes.length, asked.length], [null, count, resolved])
    }
  })
})

const settings = {
  store: { wasRequested: (revision: string) => revision === pushed, liveDeploy: () => null },
  branch: 'main',
  workTree: '/srv/code',
}

/** Reads a push to the branch; `asked` are the commits about which git was asked. */
async function read(old: string) {
  const asked: string[][] = []
  const found = await readPush([{ old, new: wanted, ref }], {
    ...settings,
    repository: {
      resolve: () => assert.fail('no tag was pushed'),
      keepLeftBehind: async (tip, next) => {
        asked.push([tip, next])
        return [
          { revision: byHand, subject: 'Repair' },
          { revision: pushed, subject: 'Before' },
        ]
      },
    },
  })
  return { ...found, asked }
}
