// Tests the fault harness: it kills the agent once at each boundary, and its invariants catch each mutant.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { boundaryRounds } from '../faults/faults/fault-schedule.ts'
import { RandomSource } from '../faults/faults/random-source.ts'
import { tryMutants } from '../faults/mutants/try-mutants.ts'
import { createSiteWithReleases, describeRound } from '../faults/run/fault-run.ts'
import { runRound } from '../faults/run/round.ts'

const random = new RandomSource(1)
const state = await createSiteWithReleases('faults-slice', random)
after(() => state.faultSite[Symbol.asyncDispose]())

describe('an agent that is killed', () => {
  for (const planned of boundaryRounds(random))
    it(`loses nothing and leaves nothing half-done: ${describeRound(planned)}`, async () => {
      const { violations, hits } = await runRound(planned, state)
      assert.deepEqual(violations, [])
      assert.ok(hits.length > 0, 'nothing came to the boundary')
    })
})

describe('the invariants', () => {
  it('hold for a correct agent and catch each mutant', async () => {
    for (const { description, isCaught, correctAgentViolations } of await tryMutants(state)) {
      assert.ok(isCaught, `an agent that ${description} is not caught`)
      assert.equal(correctAgentViolations, 0)
    }
  })
})
