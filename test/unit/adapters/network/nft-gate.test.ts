// What nft is told, by one of our own that writes it down.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it, mock } from 'node:test'
import { setImmediate as next } from 'node:timers/promises'
import { createNftGate } from '../../../../agent/adapters/network/nft-gate.ts'
import { createTable, deleteTable, flushLease } from '../../../../agent/adapters/network/nft-rules.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'
import type { Route } from '../../../../agent/interfaces/traffic-gate.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const port: PublishedPort = { target: 80, published: 80, address: null }
const other: PublishedPort = { ...port, published: 81 }
/** The same port of one address alone. */
const elsewhere: PublishedPort = { ...port, address: { family: 4, ip: '10.0.0.1' } }
const route: Route = { port, to: { ip: '10.0.0.2', prefix: 16 }, loopbackPort: null }

/** Of each nft that was started, its end. */
const ended: Promise<unknown>[] = []
subscribe('child_process', (message) => ended.push(once((message as { process: ChildProcess }).process, 'close')))

describe('the gate', () => {
  it('takes rules away first where some may be: of an earlier life, of its own, after a failure', async () => {
    const { gate, told, fail, away, hold } = made()
    await gate.hold([port])
    await gate.stopDiverting()
    assert.deepEqual(told(), [away + hold(port), away])
    await gate.hold([port])
    assert.deepEqual(told().slice(2), [hold(port)])
    await gate.hold([port])
    assert.equal(told().at(-1), away + hold(port))
    await gate.stopDiverting()
    fail(true)
    await assert.rejects(gate.hold([port]), { code: 'gate_stuck' })
    fail(false)
    await gate.hold([port])
    assert.equal(told().at(-1), away + hold(port))
    await gate.stopDiverting()
  })

  it('leaves connections where they were led until it is cleared', async () => {
    const { gate, told, away, text } = made()
    await gate.redirect([route])
    assert.equal(await gate.stopDiverting(), true)
    await gate.removeRules()
    assert.deepEqual(told(), [away + text([], [route]), flushLease(gate.table), away])
    await gate.hold([port])
    assert.equal(await gate.stopDiverting(), false)
    await gate.removeRules()
    assert.equal(told().length, 5)
  })

  it('holds no port that is led elsewhere', async () => {
    const { gate, told, away, text } = made()
    await gate.redirect([route])
    await gate.hold([port])
    await gate.hold([port, other, elsewhere])
    assert.deepEqual(told(), [away + text([], [route]), away + text([other, elsewhere], [route])])
    await gate.stopDiverting()
  })

  it('forgets what could not be held or led', async () => {
    const { gate, told, fail, away, hold, text } = made()
    fail(true)
    await assert.rejects(gate.redirect([route]))
    fail(false)
    await gate.hold([port])
    assert.deepEqual(told(), [away + hold(port)])
    await gate.stopDiverting()
    fail(true)
    await assert.rejects(gate.hold([other]))
    fail(false)
    await gate.redirect([route])
    assert.equal(told().at(-1), away + text([], [route]))
    await gate.stopDiverting()
  })

  it('only asks whether it may, until it may', async () => {
    const { gate, asked, told, fail, away } = made()
    fail(true)
    assert.equal(await gate.whyUnavailable(), 'nft: it was told to break')
    await gate.removeRules()
    fail(false)
    assert.equal(await gate.whyUnavailable(), null)
    assert.equal(await gate.whyUnavailable(), null)
    assert.deepEqual([asked(), told()], [[away], []])
    await gate.removeRules()
    assert.deepEqual([asked(), told()], [[away], [away]])
    await gate.removeRules()
    assert.equal(told().length, 1)
  })

  it('tells nft one thing after the other', async () => {
    const { gate, told, away, hold } = made()
    const before = ended.length
    const held = gate.hold([port])
    await atOnce()
    const cleared = gate.removeRules()
    await atOnce()
    assert.equal(ended.length - before, 1)
    await Promise.all([held, cleared])
    assert.deepEqual(told(), [away + hold(port), away])
    await gate.stopDiverting()
  })
})

describe('the lease of the rules', () => {
  afterEach(() => mock.reset())

  it('is not extended where they were taken away before they were there', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const { gate, told } = made()
    await Promise.all([gate.hold([port]), gate.stopDiverting()])
    const before = told()
    mock.timers.tick(5_000)
    await atOnce()
    await Promise.all(ended)
    assert.deepEqual(told(), before)
  })

  it('is extended until connections waited as long as they may, since the first of them', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    let now = 0
    mock.method(performance, 'now', () => now)
    const { gate, told, away, hold, text } = made()
    await gate.hold([port])
    now = 5_000
    await gate.hold([other])
    const extended = away + hold(other)
    now = 9_999
    assert.deepEqual(await ticked(), [extended])
    assert.deepEqual(await ticked(), [extended])
    now = 10_000
    assert.deepEqual(await ticked(), [away])
    assert.deepEqual(await ticked(), [])
    await gate.hold([port])
    now = 19_999
    assert.deepEqual(await ticked(), [away + hold(port)])
    await gate.stopDiverting()
    assert.deepEqual(await ticked(), [])
    now = 30_000
    await gate.redirect([route])
    now = 39_999
    assert.deepEqual(await ticked(), [away + text([], [route])])
    now = 40_000
    assert.deepEqual(await ticked(), [flushLease(gate.table)])
    await gate.removeRules()

    /** What nft is told at the next extension. */
    async function ticked() {
      const [before, count] = [told().length, ended.length]
      mock.timers.tick(5_000)
      await atOnce()
      await Promise.all(ended.slice(count))
      await next()
      return told().slice(before)
    }
  })
})

/** What is done at once is done, and no process has ended: the event loop has not turned. */
async function atOnce() {
  for (let turn = 0; turn < 100; turn++) await null
}

/** A gate whose nft writes down each transaction. */
function made() {
  const folder = createScratchFolder()
  const notes = join(folder, 'notes')
  const broken = join(folder, 'broken')
  writeFileSync(notes, '')
  const script = `#!/bin/sh
text=$(cat; echo .)
test -e ${broken} && { echo 'it was told to break' >&2; exit 1; }
printf '%s\\n%s\\0' "$*" "\${text%.}" >> ${notes}
`
  writeFileSync(join(folder, 'nft'), script, { mode: 0o755 })
  const gate = createNftGate('/somewhere', 10, { PATH: `${folder}:${process.env.PATH}` })
  const noted = (options: string) =>
    readFileSync(notes, 'utf8')
      .split('\0')
      .filter((note) => note.startsWith(`${options}\n`))
      .map((note) => note.slice(options.length + 1))
  const text = (held: PublishedPort[], routes: Route[]) => createTable(gate.table, { held, routes }, 20)
  return {
    gate,
    told: () => noted('-f -'),
    asked: () => noted('--check -f -'),
    fail: (is: boolean) => (is ? writeFileSync(broken, '') : rmSync(broken)),
    away: deleteTable(gate.table),
    text,
    hold: (...ports: PublishedPort[]) => text(ports, []),
  }
}
