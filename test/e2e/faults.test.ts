// The fault harness itself: the agent is killed at each boundary once, and agents that are broken are caught.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { slice } from '../faults/faults/fault-schedule.ts'
import { Chance } from '../faults/faults/random-source.ts'
import { tryMutants } from '../faults/mutants/try-mutants.ts'
import { described, founded } from '../faults/run/fault-run.ts'
import { round } from '../faults/run/round.ts'

const chance = new Chance(1)
const past = await founded('faults-slice', chance)
after(() => past.ground[Symbol.asyncDispose]())

describe('an agent that is killed', () => {
  for (const card of slice(chance))
    it(`${described(card)} loses nothing and leaves nothing half-done`, async () => {
      const { violations, hits } = await round(card, past)
      assert.deepEqual(violations, [])
      assert.ok(hits.length > 0, 'nothing came to the boundary')
    })
})

describe('the invariants', () => {
  it('tell an agent that is broken from one that is whole', async () => {
    for (const { description, isCaught, correctAgentViolations } of await tryMutants(past)) {
      assert.ok(isCaught, `an agent that ${description} is not caught`)
      assert.equal(correctAgentViolations, 0)
    }
  })
})
