import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listClaims } from '../../../../../agent/adapters/compose/plan/container-claims.ts'

describe('the claims of a container', () => {
  it('are its writable volumes and files, its addresses, and the network of the host', () => {
    const config = {
      Binds: ['data:/data:rw', '/srv/files:/files', '/etc/hosts:/etc/hosts:ro', '/run/x:/x:ro,z'],
      Mounts: [
        { Type: 'volume', Source: 'cache' },
        { Type: 'volume', Source: '' },
        { Type: 'bind', Source: '/srv/web', ReadOnly: true },
        { Type: 'tmpfs', Source: 'none' },
      ],
      NetworkMode: 'host',
    }
    assert.deepEqual(listClaims(config, { shop_default: ['10.0.0.5'] }), [
      ...['volume data', '/srv/files', 'volume cache', 'address 10.0.0.5 in shop_default', 'network host'],
    ])
  })

  it('are none for a container without settings', () => {
    assert.deepEqual(listClaims({ Binds: null, Mounts: null }, {}), [])
  })
})
