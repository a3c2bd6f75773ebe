import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkConfig, readConfig } from '../../agent/config.ts'
import { readinessOf } from '../../agent/config-swap.ts'

describe('the configuration', () => {
  it('has the values of the production environment when the file is empty', () => {
    const { source, stack, socket } = checkConfig('', 'x.toml')
    assert.deepEqual(source, { repository: '/bpt/production/code', branch: 'main', catch_up: true })
    assert.equal(stack.logs, '/bpt/production/build-logs')
    assert.equal(socket, '/run/bpt-deployer.sock')
  })
  it('takes the values of the file and keeps the other defaults', () => {
    const { source, limits } = checkConfig('[source]\nbranch = "release"\n[limits]\nverify = 5', 'x.toml')
    assert.deepEqual(
      [source.branch, source.repository, limits.verify, limits.build],
      ['release', '/bpt/production/code', 5, 1800],
    )
  })
  it('names all problems at once, each with its key', () => {
    const text = 'socket = "relative"\nsokcet = 1\n[limits]\nbuild = "long"\nverify = 0\n[source]\nbranch = "-f"'
    assert.throws(
      () => checkConfig(text, '/etc/x.toml'),
      ({ message }: Error) =>
        [
          '/etc/x.toml has 5 problems',
          'line 1, socket: must be an absolute path',
          'line 2, sokcet: is not a known key; known are: socket, state, user, ',
          'limits.build',
          'limits.verify',
          'source.branch',
        ].every((part) => message.includes(part)),
    )
  })
  it('names the kind of value that a key takes, and the value that it has', () => {
    for (const [text, problem] of [
      ['keep = 3', 'keep: must be a table, not 3'],
      ['keep = []', 'keep: must be a table, not a list'],
      ['keep = 2026-01-01', 'keep: must be a table, not a date'],
      ['[swap]\nservices = []', 'swap.services: must be a table, not a list'],
      ['[swap.services]\nweb = "hold"', 'swap.services.web: must be a table, not "hold"'],
      ['user = 7', 'user: must be a string, not 7'],
      ['[user]', 'user: must be a string, not a table'],
      ['[limits]\nbuild = "long"', 'limits.build: must be a number, not "long"'],
      ['[source]\ncatch_up = 1', 'source.catch_up: must be true or false, not 1'],
      ['[swap]\nstrategy = "foo"', 'swap.strategy: must be hold, standby or plain (found "foo")'],
      ['[swap]\nstrategy = ["hold"]', 'swap.strategy: must be hold, standby or plain (found a list)'],
      ['[swap.services.web]\nports = 80', 'swap.services.web.ports: must be a list, not 80'],
      ['[swap.services.web]\nports = ["80"]', 'swap.services.web.ports.0: must be a number, not "80"'],
      ['[swap.services.web]\nports = [0]', 'swap.services.web.ports.0: must be a port number (found 0)'],
      [
        '[swap.services.web]\nready = "up"',
        'swap.services.web.ready: must be running, tcp, http or health (found "up")',
      ],
      [
        '[swap.services.web]\nhost = "http://example.org/"',
        'swap.services.web.host: must be a host name, without http:// and path (found "http://example.org/")',
      ],
      ['[keep]\nlogs = -1', 'keep.logs: must not be negative (found -1)'],
    ] as const)
      assert.throws(() => checkConfig(text, 'x.toml'), {
        message: `x.toml has a problem:\n  line ${text.split('\n').length}, ${problem}`,
      })
  })
  it('names keys of a service that have no effect beside its `ready`', () => {
    for (const [settings, problem] of [
      ['ready = "tcp"\npath = "/up"', /swap\.services\.web: ready = "tcp" does not use path: remove one of the two$/],
      ['ready = "running"\nports = [80]\nhost = "a"', /"running" does not use ports and host: remove one of the two$/],
      ['ready = "tcp"\nports = []', /swap\.services\.web: ready = "tcp" needs at least one port in ports$/],
    ] as const)
      assert.throws(() => checkConfig(`[swap.services.web]\n${settings}`, 'x.toml'), problem)
  })
  it('takes a compose file or a list of them', () => {
    for (const [toml, files] of [
      ['', []],
      ['file = "a.yml"', ['a.yml']],
      ['file = ["a.yml", "deploy/b.yml"]', ['a.yml', 'deploy/b.yml']],
    ] as const)
      assert.deepEqual(checkConfig(`[stack]\n${toml}`, 'x.toml').stack.file, files)
    for (const [toml, problem] of [
      ['file = 7', 'stack.file: must be a path or a list of paths, not 7'],
      ['file = ""', 'stack.file: must not be empty (found "")'],
      ['file = ["a.yml", ""]', 'stack.file.1: must not be empty (found "")'],
    ] as const)
      assert.throws(() => checkConfig(`[stack]\n${toml}`, 'x.toml'), {
        message: `x.toml has a problem:\n  line 2, ${problem}`,
      })
  })
  it('names the keys that a table has in place of an unknown one', () => {
    for (const [text, problem] of [
      ['[source]\nbranhc = "x"', /source\.branhc: is not a known key; known are: repository, branch, catch_up/],
      [
        '[swap.services.web]\nport = 80',
        /swap\.services\.web\.port: is not a known key; known are: strategy, ready, path, ports, host$/,
      ],
    ] as const)
      assert.throws(() => checkConfig(text, 'x.toml'), problem)
  })
  it('finds the line of a key in every form of TOML', () => {
    for (const [text, line] of [
      ['# a comment\nlimits.verify = 0', 2],
      ['limits = { build = 1,\n verify = 0 }', 1],
      ['[ limits ] # seconds\n\n"verify"=0', 3],
      ['[keep]\nreleases = 1\n[limits]\nbuild = 1\nverify = 0', 5],
      ["[swap.services.'a.b']\nports = [\n 0]", 2],
    ] as const)
      assert.throws(() => checkConfig(text, 'x.toml'), new RegExp(`\n  line ${line}, `))
  })
  it('shows the place at which a file is not TOML', () =>
    assert.throws(() => checkConfig('user = "a"\nsocket = ', 'x.toml'), {
      message: /^x\.toml is not valid TOML \(line 2, column 10\): invalid value\n.*\n {2}2: {2}socket = \n/,
    }))
  it('reads `understudy`, the earlier name of the strategy, as `standby`', () => {
    const { swap } = checkConfig(
      '[swap]\nstrategy = "understudy"\n[swap.services.a]\nstrategy = "understudy"',
      'x.toml',
    )
    assert.deepEqual([swap.strategy, swap.services.a?.strategy], ['standby', 'standby'])
  })
  it('names what must answer of a service: its own settings, or the path of all released services', () => {
    const { swap } = checkConfig(
      '[swap]\npath = "/up"\n[swap.services]\nweb.host = "example.org:81"\nweb.ports = [81]\ngame.ready = "running"\napi.ready = "http"',
      'x.toml',
    )
    const none = { ready: null, path: null, ports: null, host: null }
    assert.deepEqual(readinessOf(swap, 'web', true), { ...none, path: '/up', ports: [81], host: 'example.org:81' })
    assert.deepEqual(readinessOf(swap, 'db', false), none)
    assert.deepEqual(readinessOf(swap, 'game', true), { ...none, ready: 'running' })
    assert.deepEqual(readinessOf(swap, 'api', true), { ...none, ready: 'http', path: '/up' })
  })
  it('cannot be changed', () => assert.ok(Object.isFrozen(checkConfig('', 'x.toml').source)))
  it('refuses a file that was named and does not exist', () =>
    assert.throws(() => readConfig('/nonexistent/x.toml'), /cannot be read/))
})
