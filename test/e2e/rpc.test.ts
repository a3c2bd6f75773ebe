// Every example of docs/rpc.md, in its order, over the socket of a real machine.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkoutDirectory } from '../vm/paths.ts'
import { createSite, type Site } from './support/site.ts'

const document = readFileSync(join(checkoutDirectory, 'docs', 'rpc.md'), 'utf8')
const fences = [...document.matchAll(/^```\n(-->.*?)^```/gms)].map(([, body = '']) => body)
const hash = /\b(?!0{40})[0-9a-f]{40}\b/g

describe('the socket', () => {
  let production: Site
  /** A hash as the document has it, and the same commit's on this machine. */
  const hashes = new Map<string, string>()

  before(async () => {
    production = await createSite('rpc')
    const { ada } = production
    await ada.push()
    await ada.commit({ 'docker-compose.yml': null }, 'Remove the compose file')
    await ada.push({ ref: 'main:broken' })
    const revisions = (await ada.git('rev-list', '--reverse', 'HEAD')).split('\n')
    for (const [index, documented] of [...new Set(document.match(hash))].entries())
      hashes.set(documented, revisions[index] ?? '')
  })
  after(() => production?.close())

  for (const fence of fences) {
    const [sent = '', ...documented] = fence.split(/^-->|^<--/m).slice(1)
    it(`answers call ${/"id": (.*), "method": "\w+"/.exec(sent)?.[0].slice(6)} as documented`, async () => {
      const answers = (await ask(real(sent).replace(/\s+/g, ' '))).map((text): unknown => JSON.parse(text))
      const wanted = documented.map((text): unknown => JSON.parse(real(text)))
      assert.deepEqual(joined(answers).map(vague), joined(wanted).map(vague))
    })
  }

  it('answers each of many calls and of a batch to a client that has closed its sending side', async () => {
    const calls = ['"a"', '"b"', '"c"'].map((id) => `{"jsonrpc":"2.0","id":${id},"method":"history"}`)
    const answers = await ask(`${calls.join('\n')}\n[${calls.join(',')}]`)
    assert.deepEqual(ids(answers).toSorted(), ['a', 'a,b,c', 'b', 'c'])
  })

  it('documents every method', () => {
    for (const method of [
      'status',
      'push',
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

  /** One connection: sends lines, closes the sending side, reads until the agent closes. */
  async function ask(lines: string): Promise<string[]> {
    const socat = 'socat -t60 - UNIX-CONNECT:/run/bpt-deployer.sock'
    return (await production.vm.run(socat, { as: 'ada', input: `${lines}\n` })).stdout.trim().split('\n')
  }

  function real(text: string): string {
    for (const [documented, revision] of hashes)
      text = text.replaceAll(documented, revision).replaceAll(documented.slice(0, 7), revision.slice(0, 7))
    return text
  }
})

/** How many lines a notice holds is a matter of time: neighbours become one. */
function joined(messages: unknown[]): unknown[] {
  const whole: unknown[] = []
  for (const message of messages) {
    const last = linesOf(whole.at(-1))
    const lines = linesOf(message)
    if (last && lines) last.push(...lines)
    else whole.push(structuredClone(message))
  }
  return whole
}

function linesOf(message: unknown): unknown[] | null {
  const lines = at(at(message, 'params'), 'lines')
  return Array.isArray(lines) ? lines : null
}

/** What differs from run to run, as the kind of thing that it is. */
function vague(value: unknown): unknown {
  if (typeof value === 'number') return value > 1e9 ? 'a time or a size' : value
  if (typeof value === 'string')
    return value.replace(
      /\d{4}-\d\d-\d\d |\d\d:\d\d(:\d\d)?(\.\d{3})?|\d+\.\d s|\d+(\.\d)? [GM]B|\b\d+\.\d+\.\d+\.\d+\b/g,
      '…',
    )
  if (Array.isArray(value)) return value.map(vague)
  if (typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).map(([key, inner]) => [key, counted.has(key) ? typeof inner : vague(inner)])
  return Object.fromEntries(known)
}

const counted = new Set(['pid', 'made', 'waited', 'gap'])

function ids(answers: string[]): string[] {
  return answers
    .map((text): unknown => JSON.parse(text))
    .map((one) =>
      [one]
        .flat()
        .map((inner) => at(inner, 'id'))
        .join(),
    )
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
