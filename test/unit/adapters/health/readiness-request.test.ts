import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseRequest, findHealthCheckRequest } from '../../../../agent/adapters/health/readiness-request.ts'
import { noReadiness } from '../../support/no-readiness.ts'

const local = { port: 8000, path: '/up', hostHeader: 'localhost:8000' }

describe('findHealthCheckRequest', () => {
  it('keeps the host that the health check names, since frameworks refuse others', () => {
    assert.deepEqual(find('curl -f http://localhost:8000/up || exit 1'), local)
    assert.deepEqual(find('wget -qO- http://127.0.0.1'), { port: 80, path: '/', hostHeader: '127.0.0.1' })
    assert.deepEqual(find('curl -H "Host: example.org" -f http://localhost:8000/up'), {
      ...local,
      hostHeader: 'example.org',
    })
    assert.deepEqual(find('curl --header=Host:example.org http://localhost:8000/up')?.hostHeader, 'example.org')
  })

  it('inserts the variables of the container', () => {
    for (const variable of ['PORT', '{PORT}', '{PORT:-3000}', '{OTHER:-8000}', '{OTHER-8000}'])
      assert.deepEqual(find(`curl http://localhost:$${variable}/up`, ['A=b', 'PORT=8000']), local, variable)
  })

  it('finds no request to another host, to an unknown port, or without HTTP', () => {
    for (const command of [
      'pg_isready',
      'curl http://example.org/',
      'curl http://localhost.example.org/',
      'curl http://localhost:$PORT/up',
      'curl -k https://localhost/up',
    ])
      assert.equal(find(command), null, command)
  })
})

describe('chooseRequest', () => {
  const checked = inspect('curl -f http://localhost:8000/up')
  const unchecked = inspect('')

  it('wants 200 to 399 of a configured path, and any answer below 500 of the health check', () => {
    assert.deepEqual(chooseRequest(checked, { ...noReadiness, path: '/health' }, [80]), {
      ...{ port: 80, path: '/health', hostHeader: 'localhost:8000', maxStatus: 399 },
    })
    assert.deepEqual(chooseRequest(checked, noReadiness, [80]), { ...local, maxStatus: 499 })
  })

  it('names localhost for a path without a health check, and the configured host in all requests', () => {
    const path = { ...noReadiness, path: '/health' }
    assert.equal(chooseRequest(unchecked, path, [])?.hostHeader, 'localhost')
    assert.equal(chooseRequest(unchecked, path, [8000])?.hostHeader, 'localhost:8000')
    for (const target of [path, noReadiness])
      assert.equal(chooseRequest(checked, { ...target, host: 'example.org' }, [])?.hostHeader, 'example.org')
  })

  it('asks for / if only `http` is configured, and for nothing without any request', () => {
    const http = { ...noReadiness, ready: 'http' } as const
    assert.deepEqual(chooseRequest(unchecked, http, [8000]), {
      ...{ port: 8000, path: '/', hostHeader: 'localhost:8000', maxStatus: 499 },
    })
    assert.equal(chooseRequest(unchecked, noReadiness, [8000]), null)
  })
})

function find(command: string, env: string[] = []) {
  return findHealthCheckRequest(inspect(command, env))
}

function inspect(command: string, Env: string[] = []) {
  return { Config: { Healthcheck: { Test: ['CMD-SHELL', command] }, Env } }
}
