import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as next } from 'node:timers/promises'
import type { AvailabilityProbe, ProbeResult } from '../../../agent/interfaces/availability-probe.ts'
import type { Service } from '../../../agent/interfaces/engine/compose-project.ts'
import type { ContainerSwap } from '../../../agent/interfaces/engine/container-swap.ts'
import type { PublishedPort } from '../../../agent/interfaces/published-port.ts'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import type { TrafficGate } from '../../../agent/interfaces/traffic-gate.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { Availability } from '../../../agent/protocol/messages.ts'
import { type SwapDeps, swap } from '../../../agent/swap/swap.ts'
import type { Strategy } from '../../../agent/swap/swap-plan.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { createService as plain } from '../support/services.ts'

const end = ['exchange', 'ready', 'open', 'settle', 'clear']

describe('a swap', () => {
  it('by hold lets connections wait until the new container answers, and those before them be answered', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'hold' })).acts, [
      ...['prepare', 'hold 80', 'drain server', 'drained', 'rest 80', ...end],
    ])
  })

  it('by a standby leads connections to it once it answers, and takes it away when nobody needs it', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'standby' })).acts, [
      ...['standby server', 'lead 80', 'prepare', 'drain server', 'drained'],
      ...['exchange', 'ready', 'open', 'a moment later', 'settle', 'clear'],
    ])
  })

  it('by a standby of what does not run lets connections wait', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'standby', runs: false })).acts, [
      ...['standby server', 'prepare', 'hold 80', 'drain server', 'drained', ...end],
    ])
  })

  it('by which a standby does not answer touches nothing', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'standby', breaks: 'standby server' })
    assert.deepEqual([acts, failed], [['standby server'], true])
  })

  it('plainly holds and leads nothing', async () => {
    assert.deepEqual((await swapped({ strategy: () => 'plain' })).acts, ['prepare', ...end])
  })

  it('of several services holds those of one and leads those of another, together', async () => {
    const services = [service('server', 80), service('shop', 81), service('worker')]
    const strategy = (name: string): Strategy => (name === 'server' ? 'hold' : 'standby')
    const { acts, notes } = await swapped({ services, strategy })
    assert.deepEqual(acts.slice(0, acts.indexOf('exchange')), [
      ...['standby shop', 'lead 81', 'prepare', 'hold 80', 'drain server,shop', 'drained', 'rest 80'],
    ])
    assert.deepEqual(notes, [])
  })

  it('that cannot be prepared replaces nothing, and fails when those before it are answered', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'hold', breaks: 'prepare' })
    assert.deepEqual([acts, failed], [['prepare', 'hold 80', 'drain server', 'drained'], true])
  })

  it('holds on when the new container does not answer: what ran before is put back first', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'hold', breaks: 'ready' })
    assert.deepEqual([acts.at(-1), failed], ['ready', true])
  })

  it('fails when the new container does not answer in its time', async () => {
    const { acts, failed } = await swapped({ strategy: () => 'hold', answers: false, readySeconds: 0.01 })
    assert.deepEqual([acts.at(-1), failed], ['ready', true])
  })

  it('of what runs already does nothing, and says so', async () => {
    const { acts, remarks } = await swapped({ strategy: () => 'hold', stale: false })
    assert.deepEqual([acts, remarks], [[], ['nothing to swap: same image, same configuration']])
  })

  it('that an earlier life began is done again: what runs may not answer yet', async () => {
    const { acts } = await swapped({ strategy: () => 'hold', stale: false, isResumed: true })
    assert.deepEqual(acts, ['prepare', 'hold 80', 'drain server', 'drained', 'rest 80', ...end])
  })

  it('is plain where connections cannot be held, and says why in one line', async () => {
    const { acts, notes } = await swapped({ strategy: () => 'hold', hindrance: 'nft is not installed' })
    assert.deepEqual(acts, ['prepare', ...end])
    assert.deepEqual(notes, ['server is swapped plainly, connections are refused meanwhile: nft is not installed'])
  })

  it('says nothing of connections that nobody wants to wait, or that nobody can make', async () => {
    const hindrance = 'nft is not installed'
    assert.deepEqual((await swapped({ strategy: () => 'plain', hindrance })).notes, [])
    assert.deepEqual((await swapped({ strategy: () => 'hold', hindrance, services: [service('worker')] })).notes, [])
  })

  for (const [strategy, act] of [
    ['hold', 'hold 80'],
    ['standby', 'lead 80'],
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

  it('tells and keeps what a visitor saw of it', async () => {
    const visits = [{ began: 0, ended: 1100, answered: true }]
    const { remarks, kept } = await swapped({ strategy: () => 'hold', visits })
    assert.deepEqual(remarks, ['0 refused, longest wait 1.1 s'])
    assert.deepEqual(kept, [{ made: 1, refused: 0, waited: 1100, gap: 0 }])
  })

  it('keeps nothing where a visitor saw nothing', async () => {
    const { remarks, kept } = await swapped({ strategy: () => 'hold' })
    assert.deepEqual([remarks, kept], [[], []])
  })
})

interface Course {
  strategy: SwapDeps['strategy']
  services?: Service[]
  /** The act that fails. */
  breaks?: string
  stale?: boolean
  isResumed?: boolean
  hindrance?: string
  /** False where there is nothing that a standby could stand in for. */
  runs?: boolean
  visits?: ProbeResult[]
  /** False where the new container never answers. */
  answers?: boolean
  readySeconds?: number
}

async function swapped({
  services = [service('server', 80)],
  breaks,
  stale = true,
  hindrance,
  runs = true,
  visits = [],
  answers = true,
  ...rest
}: Course) {
  const acts: string[] = []
  const notes: string[] = []
  const remarks: string[] = []
  const kept: Availability[] = []
  let watches = 0
  let led = false
  let moment: NodeJS.Timeout | undefined
  const act = async (name: string) => {
    acts.push(name)
    if (name === breaks) throw Failure.of('gate_stuck', { reason: 'it was told to break' })
  }
  const at = async (name: string, ports: PublishedPort[]) =>
    ports.length > 0 ? act(`${name} ${ports.map(({ published }) => published)}`) : undefined
  const { deps } = createPipelineFixture()
  const containers: ContainerSwap = {
    outdatedServices: async (all) => (stale ? all : []),
    startStandbys: async (all) => {
      for (const { name } of all) await act(`standby ${name}`)
      if (!runs) return []
      return all.flatMap(({ ports }) =>
        ports.map((port) => ({ port, to: { ip: '10.0.0.2', prefix: 16 }, loopbackPort: null })),
      )
    },
    waitForDrain: async (all, most) => {
      assert.equal(most, 150)
      if (all.length === 0) return
      await act(`drain ${all.map(({ name }) => name)}`)
      await next()
      await act('drained')
    },
    prepareContainers: () => act('prepare'),
    replaceContainers: () => act('exchange'),
    waitUntilReady: async (_, { signal }) => {
      await act('ready')
      if (answers) return
      await once(signal, 'abort')
      signal.throwIfAborted()
    },
    removeReplaced: () => act('settle'),
  }
  const gate: TrafficGate = {
    whyUnavailable: async () => hindrance ?? null,
    // Noted when it holds, so that what does not wait for it comes before.
    hold: async (ports) => next().then(() => at('hold', ports)),
    redirect: async (routes) => {
      await at(
        'lead',
        routes.map(({ port }) => port),
      )
      led = routes.length > 0
    },
    stopDiverting: async () => {
      // Noted before the end of a longer wait that begins now, and not where nothing is waited for.
      moment = setTimeout(() => acts.push('a moment later'), 100)
      await act('open')
      return led
    },
    removeRules: () => act('clear'),
  }
  const visitor: AvailabilityProbe = () => {
    watches++
    return {
      stopProbing: (ports) => void at('rest', ports),
      finish: async () => visits,
      [Symbol.dispose]: () => watches--,
    }
  }
  const ctx: StepContext = {
    ...deps.logOnlyContext,
    note: async (text) => void notes.push(text),
    remark: (text) => void remarks.push(text),
  }
  const stage = {
    ...deps,
    containers,
    gate,
    probe: visitor,
    saveAvailability: (seen: Availability) => void kept.push(seen),
    ...rest,
  }
  const failed = await swap(services, stage, ctx).then(
    () => false,
    () => true,
  )
  clearTimeout(moment)
  assert.equal(watches, 0)
  return { acts, notes, remarks, kept, failed }
}

function service(name: string, published?: number): Service {
  return plain(name, published === undefined ? {} : { ports: [{ target: 80, published, address: null }] })
}
