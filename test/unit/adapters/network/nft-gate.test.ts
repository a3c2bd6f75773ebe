// Reads the transactions that the gate gives to nft; a shell script stands in for nft and writes them down.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it, mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createNftGate } from '../../../../agent/adapters/network/nft-gate.ts'
import {
  createTable,
  type DivertedRoute,
  deleteTable,
  flushLease,
} from '../../../../agent/adapters/network/nft-rules.ts'
import type { PublishedPort } from '../../../../agent/interfaces/published-port.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const port: PublishedPort = { target: 80, published: 80, address: null }
const otherPort: PublishedPort = { ...port, published: 81 }
const samePortOnOneAddress: PublishedPort = { ...port, address: { family: 4, ip: '10.0.0.1' } }
const route: DivertedRoute = {
  port,
  to: { ip: '10.0.0.2', prefix: 16 },
  loopbackPort: null,
  isLoopbackRouted: false,
}

/** The end of each nft process that was started. */
const nftExits: Promise<unknown>[] = []
subscribe('child_process', (message) => nftExits.push(once((message as { process: ChildProcess }).process, 'close')))

describe('the nft gate', () => {
  it('deletes the table first if it may exist: at the start, after its own rules, after a failure', async () => {
    const { gate, transactions, breakNft, deletion, holding } = createGate()
    await gate.hold([port])
    await gate.stopDiverting()
    assert.deepEqual(transactions(), [deletion + holding(port), deletion])
    await gate.hold([port])
    assert.deepEqual(transactions().slice(2), [holding(port)])
    await gate.hold([port])
    assert.equal(transactions().at(-1), deletion + holding(port))
    await gate.stopDiverting()
    breakNft(true)
    await assert.rejects(gate.hold([port]), { code: 'gate_stuck' })
    breakNft(false)
    await gate.hold([port])
    assert.equal(transactions().at(-1), deletion + holding(port))
    await gate.stopDiverting()
  })

  it('leaves redirected connections where they are until the rules are removed', async () => {
    const { gate, transactions, deletion, table } = createGate()
    await gate.redirect([route])
    assert.equal(await gate.stopDiverting(), true)
    await gate.removeRules()
    assert.deepEqual(transactions(), [deletion + table([], [route]), flushLease(gate.table), deletion])
    await gate.hold([port])
    assert.equal(await gate.stopDiverting(), false)
    await gate.removeRules()
    assert.equal(transactions().length, 5)
  })

  it('holds no port that is redirected', async () => {
    const { gate, transactions, deletion, table } = createGate()
    await gate.redirect([route])
    await gate.hold([port])
    await gate.hold([port, otherPort, samePortOnOneAddress])
    assert.deepEqual(transactions(), [
      deletion + table([], [route]),
      deletion + table([otherPort, samePortOnOneAddress], [route]),
    ])
    await gate.stopDiverting()
  })

  it('forgets ports and routes that nft refused', async () => {
    const { gate, transactions, breakNft, deletion, holding, table } = createGate()
    breakNft(true)
    await assert.rejects(gate.redirect([route]))
    breakNft(false)
    await gate.hold([port])
    assert.deepEqual(transactions(), [deletion + holding(port)])
    await gate.stopDiverting()
    breakNft(true)
    await assert.rejects(gate.hold([otherPort]))
    breakNft(false)
    await gate.redirect([route])
    assert.equal(transactions().at(-1), deletion + table([], [route]))
    await gate.stopDiverting()
  })

  it('checks its permission without a change, until a check succeeds', async () => {
    const { gate, checks, transactions, breakNft, deletion } = createGate()
    breakNft(true)
    assert.equal(await gate.whyUnavailable(), 'nft: it was told to break')
    await gate.removeRules()
    breakNft(false)
    assert.equal(await gate.whyUnavailable(), null)
    assert.equal(await gate.whyUnavailable(), null)
    assert.deepEqual([checks(), transactions()], [[deletion], []])
    await gate.removeRules()
    assert.deepEqual([checks(), transactions()], [[deletion], [deletion]])
    await gate.removeRules()
    assert.equal(transactions().length, 1)
  })

  it('runs one transaction at a time', async () => {
    const { gate, transactions, deletion, holding } = createGate()
    const exitsBefore = nftExits.length
    const held = gate.hold([port])
    await drainMicrotasks()
    const removed = gate.removeRules()
    await drainMicrotasks()
    assert.equal(nftExits.length - exitsBefore, 1)
    await Promise.all([held, removed])
    assert.deepEqual(transactions(), [deletion + holding(port), deletion])
    await gate.stopDiverting()
  })
})

describe('the lease of the rules', () => {
  afterEach(() => mock.reset())

  it('is not renewed if the rules were removed before nft had set them', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const { gate, transactions } = createGate()
    await Promise.all([gate.hold([port]), gate.stopDiverting()])
    const before = transactions()
    mock.timers.tick(5_000)
    await drainMicrotasks()
    await Promise.all(nftExits)
    assert.deepEqual(transactions(), before)
  })

  it('is renewed for redirected connections without a limit', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    let now = 0
    mock.method(performance, 'now', () => now)
    const { gate, transactions, deletion, table } = createGate()
    await gate.redirect([route])
    await gate.hold([otherPort])
    now = 60_000
    mock.timers.tick(5_000)
    await drainMicrotasks()
    await Promise.all(nftExits)
    assert.equal(transactions().at(-1), deletion + table([], [route]))
    await gate.stopDiverting()
  })

  it('is renewed for the longest time that connections may be held, from the first hold on', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    let now = 0
    mock.method(performance, 'now', () => now)
    const { gate, transactions, deletion, holding } = createGate()
    await gate.hold([port])
    now = 5_000
    await gate.hold([otherPort])
    const renewed = deletion + holding(otherPort)
    now = 9_999
    assert.deepEqual(await tick(), [renewed])
    assert.deepEqual(await tick(), [renewed])
    now = 10_000
    assert.deepEqual(await tick(), [deletion])
    assert.deepEqual(await tick(), [])
    await gate.hold([port])
    now = 19_999
    assert.deepEqual(await tick(), [deletion + holding(port)])
    await gate.stopDiverting()
    assert.deepEqual(await tick(), [])

    /** Runs the next renewal; gives its transactions. */
    async function tick() {
      const [before, exitsBefore] = [transactions().length, nftExits.length]
      mock.timers.tick(5_000)
      await drainMicrotasks()
      await Promise.all(nftExits.slice(exitsBefore))
      await nextTurn()
      return transactions().slice(before)
    }
  })
})

/** Runs promise callbacks without a turn of the event loop, so that no process can end meanwhile. */
async function drainMicrotasks() {
  for (let turn = 0; turn < 100; turn++) await null
}

/** Creates a gate whose nft writes down each transaction. */
function createGate() {
  const folder = createScratchFolder()
  const record = join(folder, 'record')
  const broken = join(folder, 'broken')
  writeFileSync(record, '')
  const script = `#!/bin/sh
text=$(cat; echo .)
test -e ${broken} && { echo 'it was told to break' >&2; exit 1; }
printf '%s\\n%s\\0' "$*" "\${text%.}" >> ${record}
`
  writeFileSync(join(folder, 'nft'), script, { mode: 0o755 })
  const gate = createNftGate('/somewhere', 10, { PATH: `${folder}:${process.env.PATH}` })
  const recorded = (options: string) =>
    readFileSync(record, 'utf8')
      .split('\0')
      .filter((entry) => entry.startsWith(`${options}\n`))
      .map((entry) => entry.slice(options.length + 1))
  const table = (held: PublishedPort[], routes: DivertedRoute[]) => createTable(gate.table, { held, routes }, 20)
  return {
    gate,
    transactions: () => recorded('-f -'),
    checks: () => recorded('--check -f -'),
    breakNft: (isBroken: boolean) => (isBroken ? writeFileSync(broken, '') : rmSync(broken)),
    deletion: deleteTable(gate.table),
    table,
    holding: (...ports: PublishedPort[]) => table(ports, []),
  }
}
