import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerInspectInfo } from 'dockerode'
import { listContainers } from '../../../../agent/adapters/docker/container-status.ts'
import { createFakeContainer, createFakeDocker } from '../../support/fake-containers.ts'

const never = '0001-01-01T00:00:00Z'
const [created, started, finished] = [1, 2, 3].map((hour) => `2026-11-30T0${hour}:00:00.5Z`) as [string, string, string]

/** Returns the time that the status names for a container in this state. */
async function readSince(State: Partial<ContainerInspectInfo['State']>): Promise<number | null | undefined> {
  const web = createFakeContainer('shop-web-1', { Created: created, State })
  const getImage = () => ({ inspect: () => Promise.reject(new Error('gone')) })
  const docker = Object.assign(createFakeDocker([web]), { getImage })
  return (await listContainers(docker, 'shop', null))[0]?.since
}

describe('the status of a container', () => {
  it('tells the beginning of its state', async () => {
    const at = (time: string) => Date.parse(time)
    assert.equal(await readSince({ Status: 'running', StartedAt: started, FinishedAt: never }), at(started))
    assert.equal(await readSince({ Status: 'exited', StartedAt: started, FinishedAt: finished }), at(finished))
    assert.equal(await readSince({ Status: 'created', StartedAt: never, FinishedAt: never }), at(created))
  })

  it('tells no time that Docker does not know', async () => {
    assert.equal(await readSince({ Status: 'dead', StartedAt: never, FinishedAt: never }), null)
    assert.equal(await readSince({ Status: 'restarting', StartedAt: '', FinishedAt: '' }), null)
  })
})
