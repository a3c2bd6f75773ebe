import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findMissingAddresses } from '../../../../agent/adapters/network/host-addresses.ts'

describe('an address of this server', () => {
  it('is missing if the kernel lets nothing listen on it', async () => {
    // 192.0.2.0/24 is reserved for documents: no server has it.
    assert.deepEqual(await findMissingAddresses(['127.0.0.1', '192.0.2.7', '127.0.0.9']), ['192.0.2.7'])
  })
})
