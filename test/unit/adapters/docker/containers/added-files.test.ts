import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findPathsToCopy } from '../../../../../agent/adapters/docker/containers/added-files.ts'

describe('findPathsToCopy', () => {
  it('finds an added folder as a whole, and a file that replaces one of the image', () => {
    const paths = find(['C /etc', 'C /etc/app.conf', 'C /run', 'A /run/secrets', 'A /run/secrets/token', 'D /tmp/x'])
    assert.deepEqual(paths, ['/etc/app.conf', '/run/secrets'])
  })

  it('leaves out mounts, also those in a folder that was added for them', () => {
    const changes = ['A /bind', 'A /bind/target', 'A /data', 'A /srv', 'A /srv/conf', 'A /srv/data']
    assert.deepEqual(find(changes, ['/bind/target', '/data', '/srv/data/']), ['/srv/conf'])
  })
})

/** @param changes as `docker diff` prints them. */
function find(changes: string[], mounts: string[] = []): string[] {
  const parsed = changes.map((change) => ({ Path: change.slice(2), Kind: 'CAD'.indexOf(change.charAt(0)) }))
  return findPathsToCopy(parsed, mounts)
}
