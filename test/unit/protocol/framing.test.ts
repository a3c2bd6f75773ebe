import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeFrame, type Frame, FrameDecoder } from '../../../agent/protocol/framing.ts'

describe('frames', () => {
  it('are the same however the bytes are cut into chunks', () => {
    const sent = [{ a: 'ü' }, ['€', 1], 'text']
    const bytes = Buffer.from(sent.map(encodeFrame).join(''))
    for (let cut = 0; cut <= bytes.length; cut++)
      assert.deepEqual(
        texts(bytes.subarray(0, cut), bytes.subarray(cut)),
        sent.map((value) => JSON.stringify(value)),
      )
  })
  it('skip blank lines', () => assert.deepEqual(texts(Buffer.from('\n\r\n  \n1\n')), ['1']))
  it('include the text after the last line feed when the stream ends', () => {
    const frames = new FrameDecoder()
    assert.deepEqual([...frames.push(Buffer.from('1\n2'))].length, 1)
    assert.deepEqual([...frames.end()], [{ ok: true, text: '2' }])
  })
  it('report a frame once as soon as it is too large, and continue after its end', () => {
    const frames = new FrameDecoder(8)
    const received: Frame[] = []
    for (const chunk of ['12345', '6789', 'x'.repeat(1000), '\n1', '2\n'])
      received.push(...frames.push(Buffer.from(chunk)))
    assert.deepEqual(
      received.map(({ ok }) => ok),
      [false, true],
    )
    assert.deepEqual(received.at(-1), { ok: true, text: '12' })
  })
  it('report a frame that is not UTF-8, and continue', () => {
    const received = [...new FrameDecoder().push(Buffer.concat([Buffer.from([0xc3, 0x28, 10]), Buffer.from('1\n')]))]
    assert.deepEqual(received, [
      { ok: false, reason: 'the frame is not UTF-8' },
      { ok: true, text: '1' },
    ])
  })
})

function texts(...chunks: Buffer[]): string[] {
  const frames = new FrameDecoder()
  return chunks.flatMap((chunk) => [...frames.push(chunk)].map((frame) => (frame.ok ? frame.text : frame.reason)))
}
