// Sends every example of docs/rpc.md in its order over the socket of a real agent.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkoutDirectory } from '../vm/paths.ts'
import { createSite, type Site } from './support/site.ts'

const document = readFileSync(join(checkoutDirectory, 'docs', 'rpc.md'), 'utf8')
const fences = [...document.matchAll(/^```\n(-->.*?)^```/gms)].map(([, body = '']) => body)
const hashPattern = /\b(?!0{40})[0-9a-f]{40}\b/g

describe('the socket', () => {
  let production: Site
  /** Maps the document's hashes to those of the commits in the test VM. */
  const hashes = new Map<string, string>()

  before(async () => {
    production = await createSite('rpc')
    const { ada } = production
    await ada.push()
    await ada.commit({ 'docker-compose.yml': null }, 'Remove the compose file')
    await ada.push({ ref: 'main:broken' })
    const revisions = (await ada.git('rev-list', '--reverse', 'HEAD')).split('\n')
    for (const [index, documented] of [...new Set(document.match(hashPattern))].entries())
      hashes.set(documented, revisions[index] ?? '')
  })
  after(() => production?.close())

  for (const fence of fences) {
    const [sent = '', ...documented] = fence.split(/^-->|^<--/m).slice(1)
    it(`answers call ${/"id": (.*), "method": "\w+"/.exec(sent)?.[0].slice(6)} as documented`, async () => {
      const answers = (await send(withRealHashes(sent).replace(/\s+/g, ' '))).map((text): unknown => JSON.parse(text))
      const expected = documented.map((text): unknown => JSON.parse(withRealHashes(text)))
      assert.deepEqual(joinLines(answers).map(withoutVariableParts), joinLines(expected).map(withoutVariableParts))
    })
  }

  it('answers several calls and a batch after the client has closed its sending side', async () => {
    const calls = ['"a"', '"b"', '"c"'].map((id) => `{"jsonrpc":"2.0","id":${id},"method":"history"}`)
    const answers = await send(`${calls.join('\n')}\n[${calls.join(',')}]`)
    assert.deepEqual(idsOf(answers).toSorted(), ['a', 'a,b,c', 'b', 'c'])
  })

  it('has documentation for every method', () => {
    for (const method of [
      'status',
      'push',
      'plan',
      'deploy',
      'follow',
      'history',
      'rollback',
      'releases',
      'pause',
      'resume',
      'cancel',
    ])
      assert.ok(document.includes(`## ${method}`))
  })

  /** Sends lines over one connection, closes the sending side, and reads until the agent closes the connection. */
  async function send(lines: string): Promise<string[]> {
    const socat = 'socat -t60 - UNIX-CONNECT:/run/bpt-deployer.sock'
    return (await production.vm.run(socat, { as: 'ada', input: `${lines}\n` })).stdout.trim().split('\n')
  }

  function withRealHashes(text: string): string {
    for (const [documented, revision] of hashes)
      text = text.replaceAll(documented, revision).replaceAll(documented.slice(0, 7), revision.slice(0, 7))
    return text
  }
})

/** Joins neighbouring notifications: the number of lines in each depends on timing. */
function joinLines(messages: unknown[]): unknown[] {
  const joined: unknown[] = []
  for (const message of messages) {
    const last = linesOf(joined.at(-1))
    const lines = linesOf(message)
    if (last && lines) last.push(...lines)
    else joined.push(structuredClone(message))
  }
  return joined
}

function linesOf(message: unknown): unknown[] | null {
  const lines = readProperty(readProperty(message, 'params'), 'lines')
  return Array.isArray(lines) ? lines : null
}

/** Replaces times, sizes, addresses and other values that differ from run to run. */
function withoutVariableParts(value: unknown): unknown {
  if (typeof value === 'number') return value > 1e9 ? 'a time or a size' : value
  if (typeof value === 'string')
    return value.replace(
      /\d{4}-\d\d-\d\d |\d\d:\d\d(:\d\d)?(\.\d{3})?|\d+\.\d s|\d+(\.\d)? [GM]B|\b\d+\.\d+\.\d+\.\d+\b/g,
      '…',
    )
  if (Array.isArray(value)) return value.map(withoutVariableParts)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    variableNumbers.has(key) ? typeof inner : withoutVariableParts(inner),
  ])
  return Object.fromEntries(entries)
}

const variableNumbers = new Set(['pid', 'made', 'waited', 'gap'])

function idsOf(answers: string[]): string[] {
  return answers
    .map((text): unknown => JSON.parse(text))
    .map((message) =>
      [message]
        .flat()
        .map((inner) => readProperty(inner, 'id'))
        .join(),
    )
}

function readProperty(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
