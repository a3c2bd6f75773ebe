// Takes some projects of the compatibility run through their pushes: npm run compatibility does so with all of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { playProject, stageNames } from '../compatibility/play-project.ts'
import { addresses } from '../projects/addresses.ts'
import { moving } from '../projects/moving.ts'
import { notes } from '../projects/notes.ts'
import { shop } from '../projects/shop.ts'
import { sidecar } from '../projects/sidecar.ts'

for (const project of [notes, shop, sidecar, moving, addresses])
  describe(`the project ${project.name}`, () => {
    it('ends as compose leaves it after each push and after a rollback', async () => {
      const stages = await playProject(project, 'stacks-projects')
      for (const { stage, problems, logTail } of stages)
        assert.equal(problems.join('\n'), '', `${stage}:\n${problems.join('\n')}\n${logTail}`)
      assert.equal(stages.length, stageNames.length)
    })
  })
