import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { migrations } from '../../../../agent/adapters/sqlite/migrations.ts'
import { openDeployStore } from '../../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { deploysFromLogs } from '../../../../agent/recovery/deploys-from-logs.ts'
import { createNewDeploy } from '../../support/new-deploy.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('the deploy store', () => {
  it('numbers deploys from 1 without holes, over restarts too', () => {
    const path = createDatabasePath()
    const first = openDeployStore(path)
    assert.deepEqual([first.addDeploy(createNewDeploy('a')).id, first.addDeploy(createNewDeploy('b')).id], [1, 2])
    first.close()
    assert.equal(openDeployStore(path).addDeploy(createNewDeploy('c')).id, 3)
  })

  it('finds an accepted deploy', () => {
    const store = openDeployStore(':memory:')
    const { id } = store.addDeploy(createNewDeploy('a'))
    const deploy = store.findDeploy(id)
    assert.partialDeepStrictEqual(deploy, {
      ...createNewDeploy('a'),
      id,
      state: 'waiting',
      began: null,
      ended: null,
      steps: [],
    })
    assert.equal(store.findDeploy(id + 1), null)
  })

  it('has one live deploy: the last one that succeeded', () => {
    const store = openDeployStore(':memory:')
    for (const revision of ['a', 'b', 'c']) store.addDeploy(createNewDeploy(revision))
    assert.equal(store.liveDeploy(), null)
    store.endDeploy(1, { state: 'live', sentence: '', images: { server: 'i1' } }, 10)
    store.endDeploy(2, { state: 'failed', sentence: 'broke', code: 'build_failed' }, 20)
    store.endDeploy(3, { state: 'live', sentence: '', images: { server: 'i3' } }, 30)
    assert.equal(store.liveDeploy()?.id, 3)
    assert.deepEqual(
      store.history({}).map(({ state }) => state),
      ['live', 'failed', 'was live'],
    )
    assert.deepEqual([store.imagesOf(1), store.imagesOf(2)], [{ server: 'i1' }, null])
  })

  it('lists unfinished deploys in their order: the running one, then the waiting ones', () => {
    const store = openDeployStore(':memory:')
    for (const revision of ['a', 'b', 'c', 'd']) store.addDeploy(createNewDeploy(revision))
    store.endDeploy(1, { state: 'superseded', sentence: '', by: 2 }, 5)
    store.beginDeploy(3, 10, 'boot')
    assert.deepEqual(
      store.unfinishedDeploys().map(({ id }) => id),
      [3, 2, 4],
    )
  })

  it('keeps the contents that live containers were created with, over restarts', () => {
    const path = createDatabasePath()
    const first = openDeployStore(path)
    assert.equal(first.contentStates(), null)
    const states = { web: { 'secret password': { path: '', digest: 'x', inode: null } } }
    first.saveContentStates({})
    first.saveContentStates(states)
    first.close()
    assert.deepEqual(openDeployStore(path).contentStates(), states)
  })

  it('keeps the previous state of a deploy', () => {
    const store = openDeployStore(':memory:')
    store.addDeploy(createNewDeploy('a'))
    assert.equal(store.previousState(1), null)
    store.savePreviousState(1, { revision: 'z', images: { server: 'i' } })
    assert.deepEqual(store.previousState(1), { revision: 'z', images: { server: 'i' } })
  })

  it('keeps the first failure of a deploy over a restart', () => {
    const path = createDatabasePath()
    const store = openDeployStore(path)
    store.addDeploy(createNewDeploy('a'))
    assert.equal(store.failure(1), null)
    const { code, reason, help, brief } = Failure.of('docker_away', { reason: 'no answer' })
    store.saveFailure(1, Failure.of('docker_away', { reason: 'no answer' }))
    store.saveFailure(1, Failure.of('stopping', {}))
    store.close()
    assert.deepEqual(openDeployStore(path).failure(1), { code, reason, help, brief })
  })

  it('finds deploys with the same build inputs, newest first, until their images are removed', () => {
    const store = openDeployStore(':memory:')
    for (const [revision, inputs] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
      ['d', null],
    ] as const)
      store.saveImages(store.addDeploy(createNewDeploy(revision)).id, { server: `of ${revision}` }, inputs)
    const [c, a] = [
      { deploy: 3, revision: 'c', images: { server: 'of c' } },
      { deploy: 1, revision: 'a', images: { server: 'of a' } },
    ]
    assert.deepEqual(store.findReusable('x'), [c, a])
    store.beginRemoval(['c'])
    assert.deepEqual(store.findReusable('x'), [a])
  })

  it('forgets images and pin of a revision before they are removed, and lists unfinished removals after a restart', () => {
    const path = createDatabasePath()
    const store = openDeployStore(path)
    const { id } = store.addDeploy(createNewDeploy('a'))
    store.saveImages(id, { server: 'of a' })
    store.addDeploy(createNewDeploy('b'))
    assert.deepEqual(store.pinnedRevisions(), ['b', 'a'])
    store.beginRemoval(['a'])
    store.close()
    const next = openDeployStore(path)
    assert.deepEqual([next.imagesOf(id), next.pinnedRevisions(), next.pendingRemovals()], [null, ['b'], ['a']])
    next.addDeploy(createNewDeploy('a'))
    next.endRemoval(['a'])
    assert.deepEqual([next.pinnedRevisions(), next.pendingRemovals()], [['a', 'b'], []])
  })

  it('migrates all revisions as pinned, except releases whose images are removed', () => {
    const path = createDatabasePath()
    const old = new DatabaseSync(path)
    old.exec(`${migrations.slice(0, 5).join(';')}; PRAGMA user_version = 5`)
    for (const [revision, state] of [
      ['a', 'was live'],
      ['b', 'failed'],
      ['c', 'live'],
    ])
      old.exec(`INSERT INTO deploys (revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, state)
        VALUES ('${revision}', '', 'main', 'push', 'ada', 1, '', '', 1, '${state}')`)
    old.close()
    assert.deepEqual(openDeployStore(path).pinnedRevisions(), ['c', 'b'])
  })

  it('keeps over a restart that images must be built without any cache', () => {
    const path = createDatabasePath()
    const store = openDeployStore(path)
    store.addDeploy({ ...createNewDeploy('a'), noCache: true })
    store.addDeploy(createNewDeploy('b'))
    store.close()
    assert.deepEqual([1, 2].map(openDeployStore(path).wantsNoCache), [true, false])
  })

  it('gives the median duration of the last good runs of a step', () => {
    const store = openDeployStore(':memory:')
    store.addDeploy(createNewDeploy('a'))
    assert.equal(store.medianStepDuration('build'), null)
    for (const [index, took] of [100, 900, 300].entries()) {
      store.beginStep(1, 'build', index * 1000)
      store.endStep(1, true, '', index * 1000 + took)
    }
    store.beginStep(1, 'build', 5000)
    store.endStep(1, false, 'broke', 99_000)
    assert.equal(store.medianStepDuration('build'), 300)
    assert.deepEqual(
      store.findDeploy(1)?.steps.map(({ ok }) => ok),
      [true, true, true, false],
    )
  })

  it('pages through the history', () => {
    const store = openDeployStore(':memory:')
    for (let n = 0; n < 5; n++) store.addDeploy(createNewDeploy('a'))
    assert.deepEqual(
      store.history({ limit: 2, before: 4 }).map(({ id }) => id),
      [3, 2],
    )
  })

  it('sets a damaged database aside, and a new one takes deploys from their logs', () => {
    const path = createDatabasePath()
    writeFileSync(path, 'this was a database once, and is none any more'.repeat(100))
    const store = openDeployStore(path)
    assert.match(store.damagedFile ?? '', /damaged-/)
    const log = (id: number, last: string) => ({
      path: `/logs/${id}`,
      name: `2026-11-22 14:02:0${id} ${String(id).repeat(40)} ada`,
      firstLine: `14:02:03.007 : deploy ${id}  1111111 "Say \\"hello\\""  by ada`,
      lastLine: `14:02:09.007 ${last}`,
    })
    store.importDeploys(
      deploysFromLogs([
        log(3, 'x not deployed: it broke'),
        log(1, '= live: 1'),
        log(2, '= live: 2'),
        log(4, '> build'),
        log(6, 'x not deployed: live: it is not  [failed build_failed]'),
        log(7, '= superseded by deploy 8 (8888888 by ben), which contains it  [superseded 8]'),
        log(8, 'x cancelled by ada while it waited.  [cancelled]'),
        { ...log(5, ''), name: 'notes.txt' },
      ]),
    )
    assert.deepEqual(
      store.history({}).map(({ id, state }) => [id, state]),
      [
        [8, 'cancelled'],
        [7, 'superseded'],
        [6, 'failed'],
        [4, 'failed'],
        [3, 'failed'],
        [2, 'live'],
        [1, 'was live'],
      ],
    )
    assert.equal(store.findDeploy(1)?.subject, 'Say "hello"')
    const [failed, superseded] = [store.findDeploy(6), store.findDeploy(7)]
    assert.deepEqual(
      [failed?.code, failed?.sentence, superseded?.supersededBy],
      ['build_failed', 'not deployed: live: it is not', 8],
    )
    assert.equal(store.addDeploy(createNewDeploy('f')).id, 9)
  })

  it('migrates a database of the first version without loss', () => {
    const path = createDatabasePath()
    const old = new DatabaseSync(path)
    old.exec(`${migrations[0]}; PRAGMA user_version = 1`)
    old.exec(`INSERT INTO deploys (revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, state)
      VALUES ('a', 'First', 'main', 'push', 'ada', 1, '', '/logs/a', 1, 'live')`)
    old.close()
    const store = openDeployStore(path)
    assert.deepEqual([store.liveDeploy()?.subject, store.releases(9).length], ['First', 1])
    assert.equal(store.addDeploy(createNewDeploy('b')).id, 2)
  })

  it('refuses a database of a newer version by name', () => {
    const path = createDatabasePath()
    new DatabaseSync(path).exec('PRAGMA user_version = 99')
    assert.throws(() => openDeployStore(path), /newer bpt-deployer/)
  })
})

const createDatabasePath = () => join(createScratchFolder(), 'deploys.sqlite')
