import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addVariableServices, parseUsedContents } from '../../../../agent/adapters/compose/used-contents.ts'

/** Parses a project with one service `web`. */
function contentsOfWeb(web: object, project: object = {}, hashes: [string, string][] = []) {
  const json = JSON.stringify({ services: { web }, ...project })
  return parseUsedContents(json, new Map(hashes), '/srv/app').get('web')
}

describe('the contents that a service uses', () => {
  it('are its mounted paths, and those of volumes that bind a path', () => {
    const volumes = [
      { type: 'bind', source: '/srv/app/nginx.conf', target: '/a' },
      { type: 'volume', source: 'bound', target: '/b' },
      { type: 'volume', source: 'data', target: '/c' },
      { type: 'volume', target: '/anonymous' },
      { type: 'tmpfs', target: '/d' },
    ]
    const device = { type: 'none', o: 'rw,bind', device: '/srv/app/conf' }
    const nfs = { type: 'nfs', o: 'addr=10.0.0.1', device: ':/exports' }
    const definitions = { bound: { driver_opts: device }, data: null, share: { driver_opts: nfs } }
    assert.deepEqual(contentsOfWeb({ volumes }, { volumes: definitions }), [
      { kind: 'mount', name: '/srv/app/nginx.conf', source: { path: '/srv/app/nginx.conf' } },
      { kind: 'mount', name: '/srv/app/conf', source: { path: '/srv/app/conf' } },
    ])
  })

  it('are its secrets and configs, by file, content and environment', () => {
    const web = { secrets: [{ source: 'a' }, { source: 'b' }], configs: [{ source: 'c' }, { source: 'd' }] }
    const project = {
      secrets: { a: { file: '/srv/app/.secrets/a' }, b: { environment: 'B' }, unused: { file: '/x' } },
      configs: { c: { content: 'one' }, d: { file: '/srv/app/d' } },
    }
    const contents = contentsOfWeb(web, project, [['bpt-variable-B', 'hash of B']]) ?? []
    const [a, b, c, d] = contents
    assert.equal(contents.length, 4)
    assert.deepEqual(a, { kind: 'secret', name: 'a', source: { path: '/srv/app/.secrets/a' } })
    assert.deepEqual(b, { kind: 'secret', name: 'b', source: { digest: 'hash of B' } })
    assert.deepEqual(d, { kind: 'config', name: 'd', source: { path: '/srv/app/d' } })
    const other = contentsOfWeb(web, { configs: { c: { content: 'two' } } }) ?? []
    assert.notDeepEqual(c?.source, other[0]?.source)
  })

  it('are its own seccomp profile, but not a built-in one', () => {
    const security_opt = ['seccomp:./profile.json', 'seccomp=unconfined', 'no-new-privileges:true', 'apparmor:x']
    assert.deepEqual(contentsOfWeb({ security_opt }), [
      { kind: 'seccomp profile', name: './profile.json', source: { path: '/srv/app/profile.json' } },
    ])
  })

  it('are none of a service without any', () => {
    assert.deepEqual(contentsOfWeb({ image: 'web' }), [])
  })
})

describe('services for variables', () => {
  it('are added for each variable of a secret or config, and leave the others', () => {
    const json = JSON.stringify({
      services: { web: { image: 'web' } },
      secrets: { a: { environment: 'A' }, b: { file: '/b' } },
      configs: { c: { environment: 'A' }, d: { environment: 'D' } },
    })
    const { services } = JSON.parse(addVariableServices(json))
    assert.deepEqual(Object.keys(services), ['web', 'bpt-variable-A', 'bpt-variable-D'])
    assert.deepEqual(services['bpt-variable-D'].environment, { VALUE: `\${D-}` })
  })

  it('are not added to a file without such a variable', () => {
    const json = '{"services": {"web": {"image": "web"}}}'
    assert.equal(addVariableServices(json), json)
  })
})
