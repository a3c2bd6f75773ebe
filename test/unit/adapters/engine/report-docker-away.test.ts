import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reportDockerAway } from '../../../../agent/adapters/engine/report-docker-away.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { createPipelineFixture } from '../../support/memory-engine.ts'

const unreachable = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })
const pingSucceeds = async () => 'OK'
const pingFails = () => Promise.reject(unreachable)

/** Creates an adapter with two methods that reject with `thrown`. */
function createFailingAdapter(thrown: unknown) {
  return {
    read: (_name: string): Promise<string> => Promise.reject(thrown),
    write: (): Promise<void> => Promise.reject(thrown),
  }
}

describe('an adapter that reports an unreachable Docker', () => {
  it('passes arguments and results through', async () => {
    const adapter = reportDockerAway({ join: async (a: string, b: string) => a + b }, pingFails)
    assert.equal(await adapter.join('a', 'b'), 'ab')
  })

  it('rejects with docker_away from each of its methods', async () => {
    const adapter = reportDockerAway(createFailingAdapter(unreachable), pingFails)
    const away = { code: 'docker_away', message: /\(ECONNREFUSED\)/ }
    await assert.rejects(adapter.read('x'), away)
    await assert.rejects(adapter.write(), away)
  })

  it('rejects with docker_away if the socket is missing or not accessible', async () => {
    for (const code of ['ENOENT', 'EACCES'])
      await assert.rejects(
        reportDockerAway(
          createFailingAdapter(Object.assign(new Error(code), { code, syscall: 'connect' })),
          pingFails,
        ).write(),
        { code: 'docker_away' },
      )
  })

  it('wraps every method of the engine', () => {
    const { engine } = createPipelineFixture()
    const wrapped = reportDockerAway(engine, pingSucceeds)
    for (const [name, method] of Object.entries(engine)) {
      assert.equal(typeof Reflect.get(wrapped, name), 'function')
      assert.notEqual(Reflect.get(wrapped, name), method, `${name} is not wrapped`)
    }
  })

  it('keeps every other failure as it is', async () => {
    // A file or a program that is missing says nothing about Docker.
    const missingFile = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/x' })
    const missingProgram = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'spawn docker' })
    for (const thrown of [
      new Error('broken'),
      missingFile,
      missingProgram,
      Failure.of('gate_stuck', { reason: 'stuck' }),
    ])
      await assert.rejects(
        reportDockerAway(createFailingAdapter(thrown), pingFails).write(),
        (rejected) => rejected === thrown,
      )
  })

  it('checks if Docker is the cause when compose fails', async () => {
    const thrown = Failure.of('up_failed', { services: 'web', reason: 'exit 1' })
    await assert.rejects(reportDockerAway(createFailingAdapter(thrown), pingFails).write(), { code: 'docker_away' })
    await assert.rejects(
      reportDockerAway(createFailingAdapter(thrown), pingSucceeds).write(),
      (rejected) => rejected === thrown,
    )
  })
})
