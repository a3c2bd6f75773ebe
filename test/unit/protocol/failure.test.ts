import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../agent/protocol/failure.ts'

describe('a failure', () => {
  it('ends its message with the command that helps, after a whole sentence', () => {
    const { message, reason, help } = Failure.of('docker_away', { reason: 'ENOENT' })
    assert.equal(message, 'the Docker engine does not answer (ENOENT). Look: systemctl status docker')
    assert.deepEqual([reason, help], ['the Docker engine does not answer (ENOENT).', 'Look: systemctl status docker'])
  })

  it('says of a job that it has not succeeded', () => {
    const failure = Failure.of('unhealthy', {
      container: 'shop-migrate-1',
      reason: 'it ended with exit 6',
      isJob: true,
    })
    assert.equal(failure.message, 'the job shop-migrate-1 has not succeeded: it ended with exit 6.')
  })

  it('is one line, though a program printed its reason in several', () => {
    const { reason } = Failure.of('compose_invalid', { reason: 'web is wrong:\n  ports must be a list\n' })
    assert.equal(reason, 'the compose file is not valid: web is wrong: ports must be a list.')
  })

  it('names the waiting deploys when none runs that could be cancelled', () => {
    const messageFor = (waiting: number[]) => Failure.of('nothing_runs', { waiting }).message
    assert.equal(messageFor([]), 'no deploy runs or waits. Look: bptctl status')
    assert.equal(messageFor([44]), 'no deploy runs; deploy 44 waits. Cancel it: bptctl cancel 44')
    assert.equal(messageFor([44, 45]), 'no deploy runs; deploys 44, 45 wait. Cancel the newest: bptctl cancel 45')
  })

  it('counts files and secrets with their noun, in the singular and in the plural', () => {
    const workTree = '/code'
    const inTheWay = (...files: string[]) => Failure.of('in_the_way', { files, workTree })
    assert.deepEqual(
      [inTheWay('a').brief, inTheWay('a', 'b').brief],
      ['1 untracked file in the way', '2 untracked files in the way'],
    )
    assert.match(inTheWay('a').message, /^an untracked file .*: a\. Move it away, or take it out of the commit\.$/)
    assert.match(inTheWay('a', 'b').message, /^untracked files .*: a, b\. Move them away, or take them out of/)
    assert.deepEqual(
      [['a'], ['a', 'b']].map((files) => Failure.of('secret_missing', { files }).brief),
      ['1 secret missing or empty', '2 secrets missing or empty'],
    )
  })

  it('names the newest deploy if the requested deploy does not exist', () => {
    assert.equal(
      Failure.of('no_such_deploy', { deploy: 99, newest: 44 }).message,
      'there is no deploy 99; the newest is 44. Look: bptctl history',
    )
  })
})
