import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Containers } from '../../../../agent/interfaces/engine/containers.ts'
import type { StepContext } from '../../../../agent/interfaces/step-context.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { allowSecondStart } from '../../../../agent/swap/start/second-start.ts'

/** Containers whose waits the test ends; a service is also the id of its container. */
class Waits {
  readonly calls: string[] = []
  readonly notes: string[] = []
  /** Called when the containers are listed after the first starts. */
  onList = () => {}
  readonly #waits = new Map<string, PromiseWithResolvers<string>>()
  readonly #restarts = new Map<string, number>()
  readonly #ended = new Set<string>()
  readonly #services: string[]
  readonly #controller = new AbortController()
  readonly #ctx: Pick<StepContext, 'signal' | 'note'> = {
    signal: this.#controller.signal,
    note: async (text) => {
      this.calls.push(text.split(' ').slice(0, 2).join(' '))
      this.notes.push(text)
    },
  }

  constructor(...services: string[]) {
    this.#services = services
  }

  /** Waits for all services; resolves with their states, or the reason of a failure. */
  async run(): Promise<string[]> {
    const containers: Pick<Containers, 'listCurrent' | 'stop' | 'waitFor'> = {
      listCurrent: async () => {
        if (this.#waits.size > 0) this.onList()
        return this.#services.map((service) => ({
          id: service,
          name: service,
          service,
          isRunning: !this.#ended.has(service),
          startedAt: '',
          restarts: this.#restarts.get(service) ?? 0,
          ...{ checkSeconds: 0, isReadyByCheck: true, hasSucceeded: false, networks: [] },
        }))
      },
      stop: async (ids) => void this.calls.push(`stop ${ids}`),
      waitFor: ({ service }) => {
        const wait = Promise.withResolvers<string>()
        this.#waits.set(service, wait)
        return wait.promise
      },
    }
    const targets = this.#services.map((service) => ({ id: service, name: service, service }))
    const start: Containers['start'] = async ({ service }) => {
      this.calls.push(`start ${service}`)
      this.#ended.delete(service)
      return true
    }
    const { waitFor } = allowSecondStart(targets, 'code', containers, start)
    const results = await Promise.allSettled(
      targets.map((target) => waitFor(target, 'ready', this.#ctx as StepContext)),
    )
    return results.map((result) => {
      if (result.status === 'fulfilled') return result.value
      return result.reason instanceof Failure ? result.reason.reason : String(result.reason.message)
    })
  }

  async makeReady(service: string): Promise<void> {
    await nextTurn()
    this.#waits.get(service)?.resolve(`${service} answers`)
  }

  async end(service: string): Promise<void> {
    this.#ended.add(service)
    await this.fail(service, 'it ended with exit 1')
  }

  /** Lets the restart policy start the container again, more often than the wait accepts. */
  async restart(service: string): Promise<void> {
    this.#restarts.set(service, 3)
    await this.fail(service, 'it ended 3 times')
  }

  async fail(service: string, message: string): Promise<void> {
    await nextTurn()
    this.#waits.get(service)?.reject(Failure.of('unhealthy', { container: service, reason: message }))
    await nextTurn()
  }

  abort(): void {
    this.#controller.abort(new Error('cancelled'))
  }
}

const nextTurn = () => new Promise(setImmediate)

describe('a container that ends in a swap', () => {
  it('is started once more when the others are ready', async () => {
    const waits = new Waits('proxy', 'web', 'api')
    const states = waits.run()
    await waits.end('proxy')
    await waits.makeReady('web')
    assert.deepEqual(waits.calls, [])
    await waits.makeReady('api')
    await nextTurn()
    assert.deepEqual(waits.calls, ['proxy ended', 'stop proxy', 'start proxy'])
    assert.match(waits.notes.join(), /started once more, since it may have missed them: .* it ended with exit 1\.$/)
    await waits.makeReady('proxy')
    assert.deepEqual(await states, ['proxy answers', 'web answers', 'api answers'])
  })

  it('is started once more also if its restart policy had started it too often', async () => {
    const waits = new Waits('proxy', 'web')
    const states = waits.run()
    await waits.restart('proxy')
    await waits.makeReady('web')
    await waits.makeReady('proxy')
    assert.deepEqual(await states, ['proxy answers', 'web answers'])
  })

  it('is started once more also if its restart policy runs it again just now', async () => {
    const waits = new Waits('proxy', 'web')
    await waits.restart('proxy')
    const states = waits.run()
    await waits.fail('proxy', 'it ended 3 times')
    await waits.makeReady('web')
    await waits.makeReady('proxy')
    assert.deepEqual(await states, ['proxy answers', 'web answers'])
  })

  it('is a failure when it ends a second time', async () => {
    const waits = new Waits('proxy', 'web')
    const states = waits.run()
    await waits.end('proxy')
    await waits.makeReady('web')
    await nextTurn()
    await waits.end('proxy')
    assert.deepEqual(await states, ['proxy does not become healthy: it ended with exit 1.', 'web answers'])
  })

  it('does not wait for others that ended, too', async () => {
    const waits = new Waits('proxy', 'other')
    const states = waits.run()
    await waits.end('proxy')
    await waits.end('other')
    await waits.makeReady('proxy')
    await waits.makeReady('other')
    assert.deepEqual(await states, ['proxy answers', 'other answers'])
  })

  it('is a failure at once if it is alone', async () => {
    const waits = new Waits('web')
    const states = waits.run()
    await waits.end('web')
    assert.deepEqual([await states, waits.calls], [['web does not become healthy: it ended with exit 1.'], []])
  })

  it('is not meant by a health check that fails while it runs', async () => {
    const waits = new Waits('web', 'api')
    const states = waits.run()
    await waits.makeReady('api')
    await waits.fail('web', 'its health check fails')
    assert.deepEqual(
      [await states, waits.calls],
      [['web does not become healthy: its health check fails.', 'api answers'], []],
    )
  })

  it('waits no longer when the step is aborted', async () => {
    const waits = new Waits('proxy', 'web')
    const states = waits.run()
    await waits.end('proxy')
    waits.abort()
    await waits.fail('web', 'cancelled')
    assert.deepEqual([await states, waits.calls], [['cancelled', 'web does not become healthy: cancelled.'], []])
  })

  it('waits no longer either when the step was aborted while the engine was asked', async () => {
    const waits = new Waits('proxy', 'web')
    waits.onList = () => waits.abort()
    const states = waits.run()
    await waits.end('proxy')
    await waits.fail('web', 'cancelled')
    assert.deepEqual(await states, ['cancelled', 'web does not become healthy: cancelled.'])
  })
})
