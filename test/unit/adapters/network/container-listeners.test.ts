import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainSilentPort } from '../../../../agent/adapters/network/container-listeners.ts'

describe('explainSilentPort', () => {
  it('names a loopback address on which alone the port is listened on', async () => {
    const local = { text: 'its processes listen on 127.0.0.1:80 only', isLocalOnly: true }
    assert.deepEqual(await explain(['0100007F:0050']), local)
    const loopback6 = `${'0'.repeat(24)}01000000:0050`
    assert.equal((await explain([], [loopback6]))?.text, 'its processes listen on [::1]:80 only')
  })

  it('names other ports', async () => {
    const listeners = ['00000000:0BB8', '0B00007F:A001', '0100007F:1F90']
    assert.equal((await explain(listeners))?.text, 'its processes listen on port 3000')
    assert.deepEqual(await explain([]), { text: 'its processes listen on no port', isLocalOnly: false })
  })

  it('gives no explanation if the port is listened on, or the tables cannot be read', async () => {
    assert.equal(await explain(['00000000:0050', '0100007F:0050']), null)
    const unreadable = () => Promise.reject(new Error('no such process'))
    assert.equal(await explainSilentPort(1, 80, unreadable), null)
  })
})

/** @param listeners addresses and ports as the kernel writes them. */
function explain(listeners: string[], listeners6: string[] = []) {
  const table = (entries: string[]) => entries.map((entry, n) => `  ${n}: ${entry} 00000000:0000 0A 0\n`).join('')
  return explainSilentPort(1, 80, async (path) => `sl\n${table(path.endsWith('6') ? listeners6 : listeners)}`)
}
