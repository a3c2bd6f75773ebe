import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerEnd } from '../../../../agent/interfaces/engine/container-observer.ts'
import { IncidentJudge, judgeEndOf, judgeRunOf } from '../../../../agent/releases/watch/judge-container.ts'
import { observedContainer } from '../../support/fake-observer.ts'

const [web, worker] = [observedContainer('web', { mustAnswer: true }), observedContainer('worker')]
const end = (differences: Partial<ContainerEnd> = {}) => ({
  ...{ exitCode: 1, isOutOfMemory: false, isRequested: false },
  ...differences,
})

describe('the end of a container', () => {
  it('is a fault unless somebody has requested it', () => {
    assert.equal(judgeEndOf(worker, end()), 'ended with exit 1')
    assert.equal(judgeEndOf(worker, end({ exitCode: 137, isOutOfMemory: true })), 'ended with exit 137, out of memory')
    assert.equal(judgeEndOf(web, end({ exitCode: 143, isRequested: true })), null)
  })

  it('with exit 0 is a fault only if the container has to answer', () => {
    assert.equal(judgeEndOf(worker, end({ exitCode: 0 })), null)
    assert.equal(judgeEndOf(web, end({ exitCode: 0 })), 'ended with exit 0')
  })

  it('with exit 0 is a fault if it comes again and again soon after the start', () => {
    const judge = new IncidentJudge()
    const live = (from: number, to: number) => {
      judge.judge(worker, { kind: 'started', id: worker.id, at: from })
      return judge.judge(worker, { kind: 'ended', id: worker.id, at: to, ...end({ exitCode: 0 }) })
    }
    assert.deepEqual([live(0, 60_000), live(60_000, 60_500), live(61_000, 61_500)], [null, null, null])
    assert.equal(live(62_000, 62_500), 'was restarted by Docker 3 times')
  })

  it('is no fault if somebody requests it again and again', () => {
    const judge = new IncidentJudge()
    const restart = (at: number) => {
      judge.judge(worker, { kind: 'started', id: worker.id, at })
      return judge.judge(worker, { kind: 'ended', id: worker.id, at: at + 500, ...end({ isRequested: true }) })
    }
    assert.deepEqual([0, 1_000, 2_000, 3_000].map(restart), [null, null, null, null])
  })
})

describe('a container whose health check the configuration leaves out', () => {
  it('has no fault when that check fails', () => {
    const container = { ...web, mustBeHealthy: false }
    const incident = { kind: 'unhealthy', id: web.id, at: 0 } as const
    assert.equal(new IncidentJudge().judge(container, incident), null)
    assert.match(new IncidentJudge().judge(web, incident) ?? '', /health check/)
    const watched = { id: 'web', deploy: 1, until: 0, restarts: 0 }
    assert.equal(judgeRunOf({ ...container, isUnhealthy: true }, watched), null)
  })
})

describe('a container that nobody watched for some time', () => {
  const watched = { id: 'web', deploy: 1, until: 0, restarts: 1 }

  it('has a fault if Docker has started it again meanwhile, or its health check fails', () => {
    assert.equal(judgeRunOf({ ...web, restarts: 1 }, watched), null)
    assert.equal(judgeRunOf({ ...web, restarts: 2 }, watched), 'was restarted by Docker')
    assert.equal(judgeRunOf({ ...worker, restarts: 2 }, watched), null, 'it may have ended with exit 0')
    assert.match(judgeRunOf({ ...worker, isUnhealthy: true }, watched) ?? '', /health check/)
  })
})
