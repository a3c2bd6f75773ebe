import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { ContainerStopper } from '../../../../../agent/adapters/docker/containers/container-stopper.ts'
import { createFakeContainer, createFakeDocker, createStepContext } from '../../../support/fake-containers.ts'

describe('ContainerStopper', () => {
  it('ignores a container that has stopped, or does not exist', async () => {
    const changes: string[] = []
    const stopped = createFakeContainer('web', { State: { Status: 'exited', Running: false, ExitCode: 1 } })
    const stopper = new ContainerStopper(createFakeDocker([stopped], changes))
    const { ctx, notes } = createStepContext()
    await Promise.all([stopper.stop(stopped.Id, ctx), stopper.stop('gone', ctx)])
    assert.deepEqual([changes, notes], [[], []])
  })

  it('tells of a container that Docker killed after its grace period, and asks nothing after a quick stop', async (t) => {
    const killed = { Status: 'exited', Running: false, ExitCode: 137 }
    const web = createFakeContainer('web', { State: killed, Config: { Labels: {}, StopTimeout: 1 } })
    const docker = createFakeDocker([web])
    const { ctx, notes } = createStepContext()
    let now = 0
    let stopMs = 10
    let inspections = 0
    t.mock.method(performance, 'now', () => now)
    const getContainer = docker.getContainer.bind(docker)
    const replaced = {
      async stop() {
        now += stopMs
      },
      async inspect() {
        inspections++
        return web
      },
    }
    const stopper = new ContainerStopper(
      Object.assign(docker, { getContainer: (id: string) => ({ ...getContainer(id), ...replaced }) }),
    )
    await stopper.stop(web.Id, ctx)
    assert.deepEqual([inspections, notes], [0, []])
    stopMs = 1_020
    await stopper.stop(web.Id, ctx)
    assert.deepEqual(notes, ['web did not stop within 1 s, so Docker killed it: does it handle SIGTERM?'])
  })

  it('kills a container before its start if the wait for its end was cut short', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    const docker = createFakeDocker([web], changes)
    const { ctx, abort } = createStepContext()
    const reason = new Error('cancelled')
    const stop = async () => {
      abort(reason)
      throw new Error('aborted')
    }
    const getContainer = docker.getContainer.bind(docker)
    Object.assign(docker, { getContainer: (id: string) => ({ ...getContainer(id), stop }) })
    const stopper = new ContainerStopper(docker)
    await assert.rejects(stopper.stop(web.Id, ctx), reason)
    await stopper.endStopping(web.Id)
    assert.deepEqual(changes, ['kill id of web'])
  })

  it('finds in the event log that an agent which died has sent the signal', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    const docker = createFakeDocker([web], changes)
    const event = { Action: 'kill', Actor: { Attributes: { signal: '15' } } }
    const stopper = new ContainerStopper(
      Object.assign(docker, { getEvents: async () => Readable.from([`${JSON.stringify(event)}\n`]) }),
    )
    await stopper.endStopping(web.Id)
    assert.deepEqual(changes, ['kill id of web'])
  })

  it('leaves a container alone that was started again after the signal', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    const events = [{ Action: 'kill', Actor: { Attributes: { signal: '15' } } }, { Action: 'start' }]
    const log = events.map((event) => `${JSON.stringify(event)}\n`)
    const docker = Object.assign(createFakeDocker([web], changes), { getEvents: async () => Readable.from(log) })
    await new ContainerStopper(docker).endStopping(web.Id)
    assert.deepEqual(changes, [])
  })

  it('leaves a container alone that runs and got no signal to stop', async () => {
    const changes: string[] = []
    const web = createFakeContainer('web')
    await new ContainerStopper(createFakeDocker([web], changes)).endStopping(web.Id)
    assert.deepEqual(changes, [])
  })
})
