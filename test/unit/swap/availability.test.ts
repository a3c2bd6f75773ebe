import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProbeResult } from '../../../agent/interfaces/availability-probe.ts'
import { accumulateProbes, summarizeProbes } from '../../../agent/swap/availability.ts'

const visit = (began: number, ended: number, answered = true): ProbeResult => ({ began, ended, answered })

describe('what a visitor saw of a swap', () => {
  it('is nothing where there was nothing to visit', () => {
    assert.equal(summarizeProbes([]), null)
  })

  it('counts who was refused, the longest that one waited, and the longest between two answers', () => {
    const visits = [visit(0, 5), visit(25, 26, false), visit(50, 51, false), visit(75, 80), visit(100, 102)]
    assert.deepEqual(summarizeProbes(visits), { made: 5, refused: 2, waited: 5, gap: 75 })
  })

  it('is the same in whichever order visits ended', () => {
    const visits = [visit(0, 900), visit(25, 901), visit(50, 60), visit(75, 950, false)]
    assert.deepEqual(summarizeProbes(visits.toReversed()), summarizeProbes(visits))
    assert.deepEqual(summarizeProbes(visits), { made: 4, refused: 1, waited: 900, gap: 840 })
  })

  it('does not count who came when nothing ran yet', () => {
    assert.equal(summarizeProbes([visit(0, 1, false)]), null)
    assert.deepEqual(summarizeProbes([visit(0, 1, false), visit(25, 30)]), { made: 1, refused: 0, waited: 5, gap: 0 })
  })

  it('counts with what is seen of the swap that puts back what ran before', async () => {
    let times = 0
    const visitor = accumulateProbes(() => {
      const own = visit(++times, times, false)
      return { stopProbing: () => {}, finish: async () => [own], [Symbol.dispose]: () => {} }
    })
    visitor([])[Symbol.dispose]()
    using back = visitor([])
    assert.equal((await back.finish()).length, 2)
  })
})
