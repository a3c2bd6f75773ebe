import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pullServices } from '../../../../agent/adapters/compose/pull-services.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { createService } from '../../support/services.ts'

const web = createService('web', { isBuilt: false, image: 'shop/web:1' })
const db = createService('db', { isBuilt: false, image: 'postgres' })

/** Pulls both services with a compose that prints these lines. */
async function pull(printed: string[], code = 0) {
  const lines: string[] = []
  let args: string[] = []
  const runCompose = async (given: string[], output: (line: string) => Promise<void>) => {
    args = given
    for (const line of printed) await output(line)
    return { code, signal: null }
  }
  const output = async (line: string) => void lines.push(line)
  const failure = await pullServices([web, db], runCompose, { output, signal: new AbortController().signal }).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Failure ? thrown : assert.fail(String(thrown))),
  )
  return { lines, args, failure }
}

describe('a pull', () => {
  it('names the services, and logs each state of a layer once, without its progress', async () => {
    const bars = [' 5d2f Downloading [=>   ] 1MB/9MB', ' 5d2f Downloading [====>] 8MB/9MB', ' 5d2f Pull complete']
    const { args, lines, failure } = await pull([' web Pulling', ...bars, ' web Pulled'])
    assert.deepEqual(args, ['pull', 'web', 'db'])
    assert.deepEqual(lines, [' web Pulling', bars[0], bars[2], ' web Pulled'])
    assert.equal(failure, null)
  })

  it('fails with the image that the registry refused, its words and the command to log in', async () => {
    const reason = "pull access denied for shop/web, repository does not exist or may require 'docker login': denied"
    const printed = [` web Error ${reason}`, ' db Error context canceled', `Error response from daemon: ${reason}`]
    const { failure } = await pull(printed, 18)
    assert.equal(failure?.code, 'pull_failed')
    assert.equal(failure?.reason, `shop/web:1 could not be pulled: ${reason}.`)
    assert.match(failure?.help ?? '', /docker login/)
  })

  it('names both images if both fail, and a reason that both have once', async () => {
    const reason = 'Get "https://registry-1.docker.io/v2/": dial tcp: no such host'
    const { failure } = await pull([` web Error ${reason}`, ` Image postgres Error ${reason}`], 18)
    assert.equal(failure?.reason, `shop/web:1, postgres could not be pulled: ${reason}.`)
    assert.equal(failure?.help, 'Try it on the server: docker pull shop/web:1')
  })

  it('fails with the last line if no line names a service', async () => {
    const { failure } = await pull(['Error response from daemon: toomanyrequests', ''], 1)
    assert.equal(failure?.reason, 'shop/web:1, postgres could not be pulled: toomanyrequests.')
  })
})
