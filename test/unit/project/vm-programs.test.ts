// Programs that the bench and the fault harness copy to the test VM may import only files that are copied with them.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { importsOf } from './imports.ts'

describe('a program for the test VM', () => {
  it('imports no package', () => {
    for (const file of globSync('test/{bench,faults}/in-vm/*.ts'))
      for (const target of importsOf(file).filter((target) => !target.startsWith('test/') && !isTypeOnly(file, target)))
        assert.match(target, /^node:|\/node_modules\//, `${file} must not import ${target}`)
  })

  it('imports no other file if it is of the bench, which copies each alone', () => {
    for (const file of globSync('test/bench/in-vm/*.ts'))
      assert.deepEqual(
        importsOf(file).filter((target) => target.startsWith('test/')),
        [],
        file,
      )
  })

  it('imports values only from its own folder if it is of the fault harness, which copies the whole folder', () => {
    for (const file of globSync('test/faults/in-vm/*.ts'))
      for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^import (?!type ).* from '(\.[^']+)'/gm))
        assert.ok(path.startsWith('./'), `${file} must not import ${path} from outside of ${dirname(file)}`)
  })
})

function isTypeOnly(file: string, target: string): boolean {
  const name = target.split('/').at(-1)
  return new RegExp(`^import type .*/${name}'`, 'm').test(readFileSync(file, 'utf8'))
}
