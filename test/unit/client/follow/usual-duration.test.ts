import assert from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { formatLogLine } from '../../../../agent/protocol/log-line.ts'
import { DeployLogFormatter } from '../../../../client/follow/deploy-log-formatter.ts'
import { UsualDuration } from '../../../../client/follow/usual-duration.ts'
import { AgentClient } from '../../../../client/rpc/agent-client.ts'
import { plainLayout } from '../../../../client/text/layout.ts'
import { sampleDeploy, sampleStatus } from '../../support/sample-deploys.ts'

const agent = new AgentClient({ socket: '/nonexistent.sock', group: 'bpt' }, () => assert.fail('a notice was shown'))
const query = mock.method(agent, 'query')

describe('the usual duration', () => {
  afterEach(() => {
    mock.timers.reset()
    query.mock.resetCalls()
  })

  it('is asked for when a step has run for three seconds', async () => {
    assert.equal(await readUsualAfter(3_000, 44), 7000)
    assert.equal(query.mock.callCount(), 1)
  })

  it('is not asked for when a step ends sooner', async () => {
    assert.equal(await readUsualAfter(2_900, 44), null)
    assert.equal(query.mock.callCount(), 0)
  })

  it('is not taken from another deploy', async () => {
    assert.equal(await readUsualAfter(3_000, 45), null)
  })

  it('stays unknown without an answer', async () => {
    assert.equal(await readUsualAfter(3_000, 44, async () => Promise.reject(new Error('no agent'))), null)
  })
})

async function readUsualAfter(
  ms: number,
  runningDeploy: number,
  answer = () => createStatus(runningDeploy),
): Promise<number | null> {
  mock.timers.enable({ apis: ['setTimeout'] })
  query.mock.mockImplementation(answer)
  const formatter = new DeployLogFormatter('steps', plainLayout)
  formatter.formatLine(formatLogLine({ kind: 'began', step: 'build' }, new Date()))
  using usualDuration = new UsualDuration(agent, formatter)
  usualDuration.followStep(44)
  usualDuration.followStep(44)
  mock.timers.tick(ms)
  await nextTurn()
  return formatter.runningStep?.usualMs ?? null
}

async function createStatus(id: number) {
  const { running, ...rest } = sampleStatus()
  return { ...rest, running: running && { ...running, ...sampleDeploy(id, '0a77c1e', 'ben') } }
}
