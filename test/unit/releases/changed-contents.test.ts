import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContentState, ContentStates, UsedContent } from '../../../agent/interfaces/engine/used-content.ts'
import {
  type ChangedContentsDeps,
  findChangedContents,
  forgetAttempted,
} from '../../../agent/releases/changed-contents.ts'
import { createService } from '../support/services.ts'

const { signal } = new AbortController()
const file: UsedContent = { kind: 'mount', name: '/app/nginx.conf', source: { path: '/app/nginx.conf' } }
const folder: UsedContent = { kind: 'mount', name: '/app/conf', source: { path: '/app/conf' } }
const secret: UsedContent = { kind: 'secret', name: 'password', source: { path: '/app/.secrets/password' } }

describe('the search for changed contents', () => {
  it('finds no service while nothing has changed', async () => {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '1'), [secret.name]: value('x') })
    await disk.deploy('one')
    assert.deepEqual([...(await disk.find('two')).recreate], [])
  })

  it('finds the services that use a changed file, and says why', async () => {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '1'), [secret.name]: value('x') })
    await disk.deploy('one')
    disk.contents[file.name] = blob('nginx.conf', '2')
    assert.deepEqual([...(await disk.find('two')).recreate], [['web', 'nginx.conf, which it mounts, changed']])
    disk.contents[secret.name] = value('y')
    assert.deepEqual(
      [...(await disk.find('two')).recreate],
      [
        ['web', 'nginx.conf, which it mounts, changed; the secret password changed'],
        ['worker', 'the secret password changed'],
      ],
    )
  })

  it('names a secret once that a service uses under two names', async () => {
    const disk = createDisk({ [secret.name]: value('x') }, { web: [secret, secret] })
    await disk.deploy('one')
    disk.contents[secret.name] = value('y')
    assert.equal((await disk.find('two')).recreate.get('web'), 'the secret password changed')
  })

  it('names the changed files of a folder', async () => {
    const disk = createDisk({ [folder.name]: tree('conf', '1') }, { web: [folder] })
    await disk.deploy('one')
    disk.contents[folder.name] = tree('conf', '2')
    disk.changedFiles = ['conf/a', 'conf/b', 'conf/c']
    const { recreate } = await disk.find('two')
    assert.equal(recreate.get('web'), 'conf/a and 2 more files, which it mounts, changed')
  })

  it('finds a folder that was removed and created again', async () => {
    const disk = createDisk({ [folder.name]: tree('conf', '1', '7') }, { web: [folder] })
    await disk.deploy('one')
    disk.contents[folder.name] = tree('conf', '1', '8')
    const { recreate } = await disk.find('two')
    assert.equal(recreate.get('web'), 'the folder conf, which it mounts, was removed and created again')
  })

  it('finds a change again after a deploy of it has failed', async () => {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '1'), [secret.name]: value('x') })
    await disk.deploy('one')
    disk.contents[file.name] = blob('nginx.conf', '2')
    for (const attempt of ['two', 'three']) assert.equal((await disk.find(attempt)).recreate.size, 1, attempt)
  })

  it('takes contents that a service did not use before for unchanged: compose sees these changes', async () => {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '1'), [secret.name]: value('x') }, { web: [] })
    await disk.deploy('one')
    disk.used = { web: [file], worker: [secret] }
    assert.equal((await disk.find('two')).recreate.size, 0)
  })

  it('keeps the record of services that an inactive profile hides', async () => {
    const disk = createDisk({ [secret.name]: value('x') }, { web: [], worker: [secret] })
    await disk.deploy('one')
    disk.used = { web: [] }
    await disk.deploy('two')
    disk.used = { web: [], worker: [secret] }
    disk.contents[secret.name] = value('y')
    assert.deepEqual([...(await disk.find('three')).recreate.keys()], ['worker'])
  })

  it('compares tracked files with the live revision while nothing is recorded, and takes the rest as it is', async () => {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '2'), [secret.name]: value('x') })
    disk.atRevision.live = { [file.name]: blob('nginx.conf', '1') }
    const live = { revision: 'live' }
    assert.deepEqual([...(await disk.find('two', live)).recreate.keys()], ['web'])
    disk.atRevision.live = {}
    assert.equal((await disk.find('two', live)).recreate.size, 0)
    assert.equal((await disk.find('two', null)).recreate.size, 0)
  })
})

describe('the record after a failed deploy', () => {
  async function failDeploy(changes: Record<string, ContentState>, wasPutBack: boolean) {
    const disk = createDisk({ [file.name]: blob('nginx.conf', '1'), [secret.name]: value('x') })
    await disk.deploy('one')
    const before = { ...disk.contents }
    Object.assign(disk.contents, changes)
    const { states } = await disk.find('two')
    disk.record = forgetAttempted(disk.record ?? assert.fail(), states, wasPutBack)
    disk.contents = before
    return disk
  }

  it('counts a secret as changed at the next deploy after a put back, even with its old content', async () => {
    const disk = await failDeploy({ [file.name]: blob('nginx.conf', '2'), [secret.name]: value('y') }, true)
    assert.deepEqual(
      [...(await disk.find('three')).recreate],
      ['web', 'worker'].map((service) => [service, 'the secret password changed']),
    )
  })

  it('stays the same after a put back if only tracked files had changed', async () => {
    const disk = await failDeploy({ [file.name]: blob('nginx.conf', '2') }, true)
    assert.equal((await disk.find('three')).recreate.size, 0)
  })

  it('counts all contents of the failed deploy as changed if it was not put back, and no others', async () => {
    const disk = await failDeploy({ [file.name]: blob('nginx.conf', '2') }, false)
    assert.deepEqual([...(await disk.find('three')).recreate.keys()], ['web'])
  })
})

/** A disk with contents by their names; by default web uses the file and the secret, worker the secret. */
function createDisk(
  contents: Record<string, ContentState>,
  used: Record<string, UsedContent[]> = { web: [file, secret], worker: [secret] },
) {
  const disk = {
    contents,
    used,
    changedFiles: [] as string[],
    atRevision: {} as Record<string, Record<string, ContentState>>,
    record: null as ContentStates | null,
    find(revision: string, live: ChangedContentsDeps['live'] = { revision: 'live' }) {
      const services = Object.entries(disk.used).map(([name, list]) => createService(name, { contents: list }))
      const reader: ChangedContentsDeps['contents'] = {
        readStates: async (list, at) =>
          list.map(({ name }) => disk.atRevision[at]?.[name] ?? disk.contents[name] ?? assert.fail(name)),
        listChangedFiles: async () => disk.changedFiles,
      }
      const store = { contentStates: () => disk.record }
      return findChangedContents({ services }, revision, { contents: reader, store, live }, signal)
    },
    async deploy(revision: string) {
      disk.record = (await disk.find(revision)).states
    },
  }
  return disk
}

function blob(path: string, id: string): ContentState {
  return { path, digest: `100644 blob ${id}`, inode: null }
}

function tree(path: string, id: string, inode = '1'): ContentState {
  return { path, digest: `040000 tree ${id}`, inode }
}

function value(digest: string): ContentState {
  return { path: '/app/.secrets/password', digest, inode: null }
}
