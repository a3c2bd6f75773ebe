// Takes one project of the compatibility run through its pushes: npm run compatibility does so with all of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { playProject, stageNames } from '../compatibility/play-project.ts'
import { shop } from '../projects/shop.ts'

describe('the project shop', () => {
  it('ends as compose leaves it after each push and after a rollback', async () => {
    const stages = await playProject(shop, 'stacks-projects')
    for (const { stage, problems, output } of stages)
      assert.equal(problems.join('\n'), '', `${stage}:\n${problems.join('\n')}\n${output}`)
    assert.equal(stages.length, stageNames.length)
  })
})
