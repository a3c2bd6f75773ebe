import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { createFileLogs } from '../../../../agent/adapters/logs/log-files.ts'
import { parseLogLine } from '../../../../agent/protocol/log-line.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('the log of a deploy', () => {
  it('keeps the order of many lines that are written at once', async () => {
    const { log, text } = await openLog()
    await log.write({ kind: 'began', step: 'build' })
    const burst = Array.from({ length: 10_000 }, (_, index) => `line ${index}`)
    await Promise.all(burst.map((line) => log.write({ kind: 'output', text: line })))
    await log.write({ kind: 'good', text: 'live' })
    await log.close()
    const texts = (await text()).map((line) => Object.values(parseLogLine(line)).at(-1))
    assert.deepEqual(texts, ['the head', 'build', ...burst, 'live'])
  })

  it('announces many lines once, when they can be read', async () => {
    const { log, text, announced } = await openLog()
    const before = announced.length
    await Promise.all(['one', 'two', 'three'].map((line) => log.write({ kind: 'output', text: line })))
    await log.write({ kind: 'note', text: 'the end' })
    assert.equal((await text()).length, 5)
    assert.equal(announced.length - before, 2)
    await log.close()
  })

  it('has a note on the disk when its write resolves', async () => {
    const { log, text } = await openLog()
    const output = log.write({ kind: 'output', text: 'before' })
    await log.write({ kind: 'note', text: 'ours' })
    assert.deepEqual(
      (await text()).slice(1).map((line) => parseLogLine(line).kind),
      ['output', 'note'],
    )
    await output
    await log.close()
  })

  it('has the lines that were written in the turn in which it is closed', async () => {
    const { log, text } = await openLog()
    const written = log.write({ kind: 'output', text: 'last' })
    await log.close()
    await written
    assert.match((await text()).at(-1) ?? '', / last$/)
  })
})

async function openLog() {
  const announced: string[] = []
  const logs = createFileLogs(createScratchFolder(), (path) => announced.push(path))
  const path = await logs.choosePath('0123456', 'ada', new Date())
  const log = await logs.open(path, 'the head')
  const text = async () => (await readFile(path, 'utf8')).trimEnd().split('\n')
  return { log, announced, text }
}
