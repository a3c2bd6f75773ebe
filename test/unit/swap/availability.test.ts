import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProbeResult } from '../../../agent/interfaces/availability-probe.ts'
import { accumulateProbes, summarizeProbes } from '../../../agent/swap/availability.ts'

const createProbeResult = (began: number, ended: number, answered = true, port = 80): ProbeResult => ({
  endpoint: `10.0.0.1:${port}`,
  began,
  ended,
  answered,
})

describe('the availability of a swap', () => {
  it('is null without a probe', () => {
    assert.equal(summarizeProbes([]), null)
  })

  it('counts refused probes, the longest wait and the longest gap between two answers', () => {
    const results = [
      createProbeResult(0, 5),
      createProbeResult(25, 26, false),
      createProbeResult(50, 51, false),
      createProbeResult(75, 80),
      createProbeResult(100, 102),
    ]
    assert.deepEqual(summarizeProbes(results), { made: 5, refused: 2, waited: 5, gap: 75 })
  })

  it('is the same in every order of the results', () => {
    const results = [
      createProbeResult(0, 900),
      createProbeResult(25, 901),
      createProbeResult(50, 60),
      createProbeResult(75, 950, false),
    ]
    assert.deepEqual(summarizeProbes(results.toReversed()), summarizeProbes(results))
    assert.deepEqual(summarizeProbes(results), { made: 4, refused: 1, waited: 900, gap: 840 })
  })

  it('leaves out probes before the first answer, when nothing ran yet', () => {
    assert.equal(summarizeProbes([createProbeResult(0, 1, false)]), null)
    assert.deepEqual(summarizeProbes([createProbeResult(0, 1, false), createProbeResult(25, 30)]), {
      made: 1,
      refused: 0,
      waited: 5,
      gap: 0,
    })
  })

  it('leaves out a port that never answers', () => {
    const results = [createProbeResult(0, 5), createProbeResult(0, 1, false, 9229), createProbeResult(25, 30)]
    assert.deepEqual(summarizeProbes(results), { made: 2, refused: 0, waited: 5, gap: 25 })
  })

  it('has the longest gap of one port, even while another one answers', () => {
    const results = [0, 25, 50, 75].map((began) => createProbeResult(began, began + 1, true, 81))
    results.push(createProbeResult(0, 1), createProbeResult(25, 26, false), createProbeResult(75, 76))
    assert.deepEqual(summarizeProbes(results), { made: 7, refused: 1, waited: 1, gap: 75 })
  })

  it('adds up over a failed swap and the swap that puts the previous state back', async () => {
    let sessions = 0
    const startProbe = accumulateProbes(() => {
      sessions++
      const result = createProbeResult(sessions, sessions, false)
      return { stopProbing: () => {}, finish: async () => [result], [Symbol.dispose]: () => {} }
    })
    startProbe([])[Symbol.dispose]()
    using second = startProbe([])
    assert.equal((await second.finish()).length, 2)
  })
})
