import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProbeResult } from '../../../agent/interfaces/availability-probe.ts'
import { accumulateProbes, addAvailability, summarizeProbes } from '../../../agent/swap/availability.ts'

const createProbeResult = (began: number, ended: number, answered = true, port = 80): ProbeResult => ({
  endpoint: `10.0.0.1:${port}`,
  began,
  ended,
  answered,
  connected: answered,
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

  it('counts a connection without an answer as refused, unless the port never answers a connection', () => {
    const answers = [true, false, true].map((answered, index) => ({
      ...createProbeResult(index * 25, index * 25 + 1, answered),
      connected: true,
    }))
    assert.equal(summarizeProbes(answers)?.refused, 1)
    const silent = answers.map((result) => ({ ...result, answered: false }))
    assert.deepEqual(summarizeProbes(silent), { made: 3, refused: 0, waited: 1, gap: 25 })
    assert.equal(summarizeProbes([...silent, createProbeResult(75, 76, false)])?.refused, 1)
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

  it('keeps what was measured in a swap that has ended before its verify fails', async () => {
    const results = [createProbeResult(0, 1), createProbeResult(25, 26, false), createProbeResult(50, 51)]
    const startProbe = accumulateProbes(() => ({
      stopProbing: () => {},
      finish: async () => results.splice(0, 2),
      [Symbol.dispose]: () => {},
    }))
    using first = startProbe([])
    assert.equal((await first.finish()).length, 2)
    using second = startProbe([])
    assert.deepEqual(summarizeProbes(await second.finish()), { made: 3, refused: 1, waited: 1, gap: 50 })
  })

  it('is added to what was measured before the agent died', () => {
    const earlier = { made: 5, refused: 2, waited: 10, gap: 800 }
    const later = { made: 3, refused: 1, waited: 20, gap: 30 }
    assert.deepEqual(addAvailability(earlier, later), { made: 8, refused: 3, waited: 20, gap: 800 })
    assert.equal(addAvailability(null, later), later)
  })
})
