import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../../agent/protocol/failure.ts'

describe('the failure of a file without rights', () => {
  it('names the command that lets the agent in without taking rights from others', () => {
    const helpFor = (remedy: 'let group' | 'look' | { owner: string }) =>
      Failure.of('unreadable', { path: '/srv/my app/.env', contextPath: null, remedy }).help
    assert.equal(helpFor('let group'), "Let it read: sudo chmod g+r '/srv/my app/.env'")
    assert.equal(helpFor({ owner: 'agent' }), "Let it read: sudo chown agent '/srv/my app/.env'")
    assert.equal(helpFor('look'), "Look at the rights of its folders: namei -l '/srv/my app/.env'")
  })

  it('names two ways out of a build context: leaving the file out, and its owner', () => {
    const helpFor = (remedy: 'let group' | 'look' | { owner: string }) =>
      Failure.of('unreadable', { path: '/srv/app/data', contextPath: '/data', remedy }).help
    const way = 'Leave it out: echo /data >> .dockerignore; or, if nothing else needs its owner: sudo'
    assert.equal(helpFor('let group'), `${way} chmod -R g+rX /srv/app/data`)
    assert.equal(helpFor({ owner: 'agent' }), `${way} chown -R agent /srv/app/data`)
    assert.equal(helpFor('look'), `${way} chown -R bpt-deployer /srv/app/data`)
  })

  it('names each folder that the agent may not write to', () => {
    const { message } = Failure.of('unwritable', { folders: ['/srv/a', '/srv/b'], remedy: 'let group' })
    assert.match(message, /may not write to \/srv\/a, \/srv\/b, .* sudo chmod g\+w \/srv\/a \/srv\/b$/)
  })
})

describe('the failure of a taken port', () => {
  it('names the container that has it, and its project', () => {
    const holder = { container: 'staging-web-1', project: 'staging' }
    assert.equal(
      Failure.of('port_taken', { ports: [80], holder }).message,
      'port 80 is taken by the container staging-web-1 of the compose project staging. Stop it: docker stop staging-web-1',
    )
    assert.match(
      Failure.of('port_taken', { ports: [80], holder: { container: 'x', project: null } }).reason,
      /container x\.$/,
    )
  })
})
