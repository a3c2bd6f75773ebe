// The projects of the compatibility run and the comparison with plain compose, as far as they need no test VM.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeDifferences } from '../../e2e/support/describe-differences.ts'
import { allStacks } from '../../faults/stacks/all-stacks.ts'
import { allProjects } from '../../projects/all-projects.ts'
import { applyEdit, pushNames } from '../../projects/project.ts'

describe('the projects of the compatibility run', () => {
  it('are 25 at least, each with a name of its own', () => {
    assert.ok(allProjects.length >= 25)
    assert.equal(new Set(allProjects.map(({ name }) => name)).size, allProjects.length)
  })

  for (const project of allProjects)
    it(`change in each push: ${project.name}`, () => {
      let tree = project.files
      for (const name of pushNames) {
        const next = applyEdit(tree, project[name])
        assert.notDeepEqual(next, tree, name)
        if (name !== 'failing') tree = next
      }
    })

  it('refuse an edit whose old text is not there', () => {
    assert.throws(() => applyEdit({ a: 'one' }, { a: [['two', 'three']] }), /a does not contain: two/)
  })
})

describe('the stacks of the fault harness', () => {
  for (const { name, files } of allStacks.filter(({ name }) => name !== 'reference'))
    it(`extend the reference stack, and change with the commits: ${name}`, () => {
      const [reference, ...others] = [allStacks[0]?.files(1), files(1), files(2)].map((stack) => JSON.stringify(stack))
      assert.notEqual(others[0], reference)
      assert.notEqual(others[0], others[1])
    })
})

describe('the differences of two values', () => {
  it('are a line for each value, with its path', () => {
    assert.deepEqual(describeDifferences({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }), ['a › c: 2, compose leaves 3'])
    assert.deepEqual(describeDifferences({}, { a: 1 }), ['a: nothing, compose leaves 1'])
    assert.deepEqual(describeDifferences({ a: null }, {}), ['a: null, compose leaves nothing'])
  })

  it('name the items that a list has or lacks, and another order', () => {
    assert.deepEqual(describeDifferences({ a: [1, 2] }, { a: [2, 3] }), ['a: has 1', 'a: lacks 3'])
    assert.deepEqual(describeDifferences([1, 2], [2, 1]), [': [1,2], compose leaves [2,1]'])
    assert.deepEqual(describeDifferences([1, 1], [1]), [': [1,1], compose leaves [1]'])
    assert.deepEqual(describeDifferences([1, 2], [1, 2]), [])
  })
})
