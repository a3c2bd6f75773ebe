import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitLastLines } from '../../../../../agent/adapters/docker/failures/last-lines.ts'

describe('splitLastLines', () => {
  it('keeps the last twelve lines that have a text', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    assert.deepEqual(splitLastLines(`${lines.join('\n\n')}\n`), lines.slice(8))
  })

  it('leaves out the requests of the agent, unless there is nothing else', () => {
    const requests = ['GET /up HTTP/1.1" 400 5', 'GET / HTTP/1.1" 200 5 "-" "bpt-deployer"'].map(
      (text) => `::1 - - "${text}`,
    )
    assert.deepEqual(splitLastLines(['no table', ...requests].join('\n')), ['no table'])
    assert.deepEqual(splitLastLines(requests.join('\n')), requests)
  })

  it('shows a line that is there again and again only where it is there last', () => {
    const refused = 'Invalid HTTP_HOST header'
    assert.deepEqual(splitLastLines(`${refused}\nstarted\n${refused}\n${refused}\nready`), [
      'started',
      `${refused} (3 times)`,
      'ready',
    ])
    assert.deepEqual(splitLastLines(`a\nb\na`), ['a', 'b', 'a'])
  })
})
