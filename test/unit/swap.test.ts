import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Engine, Service } from '../../agent/engine.ts'
import { Failure } from '../../agent/failure.ts'
import type { Gate } from '../../agent/gate.ts'
import type { Hand } from '../../agent/step.ts'
import { type Stage, type Strategy, swap } from '../../agent/swap.ts'
import { world } from './memory-engine.ts'

describe('a swap', () => {
  it('by hold lets connections wait from before anything is touched until the new container answers', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'hold' })).acts, [
      ...['hold 80', 'prepare', 'exchange', 'ready', 'open', 'settle', 'clear'],
    ])
  })

  it('by an understudy leads connections to it once it answers, and takes it away when the real one does', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'understudy' })).acts, [
      ...['understudy server', 'lead 80', 'prepare', 'exchange', 'ready', 'open', 'settle', 'clear'],
    ])
  })

  it('by which an understudy does not answer touches nothing', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'understudy', breaks: 'understudy server' })
    assert.deepEqual([acts, failed], [['understudy server'], true])
  })

  it('plainly holds and leads nothing', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'plain' })).acts, [
      ...['prepare', 'exchange', 'ready', 'open', 'settle', 'clear'],
    ])
  })

  it('of several services holds those of one and leads those of another, together', async () => {
    const services = [service('server', 80), service('shop', 81), service('worker')]
    const strategy = (name: string): Strategy => (name === 'server' ? 'hold' : 'understudy')
    const { acts, notes } = await swapped({ services, strategy })
    assert.deepEqual([acts.slice(0, 3), notes], [['understudy shop', 'lead 81', 'hold 80'], []])
  })

  it('holds on when the new container does not answer: what ran before is put back first', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'hold', breaks: 'ready' })
    assert.deepEqual([acts.at(-1), failed], ['ready', true])
  })

  it('of what runs already does nothing, and says so', async () => {
    const { acts, remarks } = await swapped({ strategy: () => 'hold', stale: false })
    assert.deepEqual([acts, remarks], [[], ['nothing to swap: same image, same configuration']])
  })

  it('that an earlier life began is done again: what runs may not answer yet', async () => {
    const { acts } = await swapped({ strategy: () => 'hold', stale: false, again: true })
    assert.deepEqual(acts, ['hold 80', 'prepare', 'exchange', 'ready', 'open', 'settle', 'clear'])
  })

  it('is plain where connections cannot be held, and says why in one line', async () => {
    const { acts, notes } = await swapped({ strategy: () => 'hold', hindrance: 'nft is not installed' })
    assert.deepEqual(acts, ['prepare', 'exchange', 'ready', 'open', 'settle', 'clear'])
    assert.deepEqual(notes, ['server is swapped plainly, connections are refused meanwhile: nft is not installed'])
  })

  for (const [strategy, act] of [
    ['hold', 'hold 80'],
    ['understudy', 'lead 80'],
  ] as [Strategy, string][])
    it(`by ${strategy} goes on plainly when nft fails all of a sudden, and says why in one line`, async () => {
      const { acts, notes, failed } = await swapped({ strategy: () => strategy, breaks: act })
      assert.deepEqual([acts.includes('exchange'), failed, notes.length], [true, false, 1])
      assert.match(
        notes[0] ?? '',
        /^server is swapped plainly, connections are refused meanwhile: it was told to break/,
      )
    })

  it('that leaves something behind is done all the same, and says so', async () => {
    const { notes, failed } = await swapped({ strategy: () => 'hold', breaks: 'settle' })
    assert.deepEqual([notes, failed], [['left behind until the next swap: it was told to break'], false])
  })
})

interface Course {
  strategy: Stage['strategy']
  services?: Service[]
  /** The act that fails. */
  breaks?: string
  stale?: boolean
  again?: boolean
  hindrance?: string
}

async function swapped({ services = [service('server', 80)], breaks, stale = true, hindrance, ...rest }: Course) {
  const acts: string[] = []
  const notes: string[] = []
  const remarks: string[] = []
  const act = async (name: string) => {
    acts.push(name)
    if (name === breaks) throw Failure.of('gate_stuck', { reason: 'it was told to break' })
  }
  const { bench } = world()
  const engine: Engine = {
    ...bench.engine,
    stale: async (all) => (stale ? all : []),
    understudies: async (all) => {
      for (const { name } of all) await act(`understudy ${name}`)
      return all.flatMap(({ ports }) => ports.map((port) => ({ port, to: { ip: '10.0.0.2', prefix: 16 }, door: null })))
    },
    prepare: () => act('prepare'),
    exchange: () => act('exchange'),
    ready: () => act('ready'),
    settle: () => act('settle'),
  }
  const gate: Gate = {
    hindrance: async () => hindrance ?? null,
    hold: async (ports) => (ports.length > 0 ? act(`hold ${ports.map(({ published }) => published)}`) : undefined),
    lead: async (routes) => (routes.length > 0 ? act(`lead ${routes.map(({ port }) => port.published)}`) : undefined),
    open: () => act('open').then(() => false),
    clear: () => act('clear'),
  }
  const hand: Hand = {
    ...bench.hand,
    note: async (text) => void notes.push(text),
    remark: (text) => void remarks.push(text),
  }
  const failed = await swap(services, { ...bench, engine, gate, ...rest }, hand).then(
    () => false,
    () => true,
  )
  return { acts, notes, remarks, failed }
}

function service(name: string, published?: number): Service {
  const ports = published === undefined ? [] : [{ target: 80, published, address: null }]
  return { name, built: true, released: true, image: name, build: {}, hash: name, replicas: 1, ports }
}
