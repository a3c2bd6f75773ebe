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
import { createService } from '../support/services.ts'

const finalCalls = ['replace', 'ready', 'stop diverting', 'remove replaced', 'remove rules']

describe('a swap', () => {
  it('holds connections with the strategy hold until the new container is ready, and drains earlier ones', async () => {
    assert.deepEqual((await runSwap({ strategy: () => 'hold' })).calls, [
      ...['prepare', 'hold 80', 'drain server', 'drained', 'stop probing 80', ...finalCalls],
    ])
  })

  it('redirects connections to a standby that is ready, and removes the standby after the last of these connections', async () => {
    assert.deepEqual((await runSwap({ strategy: () => 'standby' })).calls, [
      ...['standby server', 'redirect 80', 'prepare', 'drain server', 'drained'],
      ...['replace', 'ready', 'stop diverting', '100 ms later', 'remove replaced', 'remove rules'],
    ])
  })

  it('holds connections with the strategy standby if the service does not run', async () => {
    assert.deepEqual((await runSwap({ strategy: () => 'standby', isRunning: false })).calls, [
      ...['standby server', 'prepare', 'hold 80', 'drain server', 'drained', ...finalCalls],
    ])
  })

  it('touches nothing when the standby does not become ready', async () => {
    const { calls, failed } = await runSwap({ strategy: () => 'standby', failsAt: 'standby server' })
    assert.deepEqual([calls, failed], [['standby server'], true])
  })

  it('neither holds nor redirects connections with the strategy plain', async () => {
    assert.deepEqual((await runSwap({ strategy: () => 'plain' })).calls, ['prepare', ...finalCalls])
  })

  it('holds connections to one service and redirects those to another at the same time', async () => {
    const services = [createNamedService('server', 80), createNamedService('shop', 81), createNamedService('worker')]
    const strategy = (name: string): Strategy => (name === 'server' ? 'hold' : 'standby')
    const { calls, notes } = await runSwap({ services, strategy })
    assert.deepEqual(calls.slice(0, calls.indexOf('replace')), [
      ...['standby shop', 'redirect 81', 'prepare', 'hold 80', 'drain server,shop', 'drained', 'stop probing 80'],
    ])
    assert.deepEqual(notes, [])
  })

  it('replaces nothing when the preparation fails, and fails only after the drain', async () => {
    const { calls, failed } = await runSwap({ strategy: () => 'hold', failsAt: 'prepare' })
    assert.deepEqual([calls, failed], [['prepare', 'hold 80', 'drain server', 'drained'], true])
  })

  it('leaves the gate closed when the new container fails: the previous state is put back first', async () => {
    const { calls, failed } = await runSwap({ strategy: () => 'hold', failsAt: 'ready' })
    assert.deepEqual([calls.at(-1), failed], ['ready', true])
  })

  it('fails when the new container is not ready in time', async () => {
    const { calls, failed } = await runSwap({ strategy: () => 'hold', getsReady: false, readySeconds: 0.01 })
    assert.deepEqual([calls.at(-1), failed], ['ready', true])
  })

  it('does nothing for services that are up to date, and says so', async () => {
    const { calls, remarks } = await runSwap({ strategy: () => 'hold', isOutdated: false })
    assert.deepEqual([calls, remarks], [[], ['nothing to swap: same image, same configuration']])
  })

  it('replaces all services after an interruption: the running ones may not be ready yet', async () => {
    const { calls } = await runSwap({ strategy: () => 'hold', isOutdated: false, wasInterrupted: true })
    assert.deepEqual(calls, ['prepare', 'hold 80', 'drain server', 'drained', 'stop probing 80', ...finalCalls])
  })

  it('is plain where connections cannot be held, and notes the reason once', async () => {
    const { calls, notes } = await runSwap({ strategy: () => 'hold', obstacle: 'nft is not installed' })
    assert.deepEqual(calls, ['prepare', ...finalCalls])
    assert.deepEqual(notes, ['swapped by plain: server; connections are refused meanwhile: nft is not installed'])
  })

  it('notes no reason for a plain strategy or for a service without a port', async () => {
    const obstacle = 'nft is not installed'
    assert.deepEqual((await runSwap({ strategy: () => 'plain', obstacle })).notes, [])
    assert.deepEqual(
      (await runSwap({ strategy: () => 'hold', obstacle, services: [createNamedService('worker')] })).notes,
      [],
    )
  })

  for (const [strategy, call] of [
    ['hold', 'hold 80'],
    ['standby', 'redirect 80'],
  ] as [Strategy, string][])
    it(`continues without ${strategy} when nft fails, and notes the reason once`, async () => {
      const { calls, notes, failed } = await runSwap({ strategy: () => strategy, failsAt: call })
      assert.deepEqual([calls.includes('replace'), failed, notes.length], [true, false, 1])
      assert.match(notes[0] ?? '', /^swapped by plain: server; connections are refused meanwhile: the test wants it/)
    })

  it('succeeds when something is left behind, and notes it', async () => {
    const { notes, failed } = await runSwap({ strategy: () => 'hold', failsAt: 'remove replaced' })
    assert.deepEqual([notes, failed], [['left behind until the next swap: the test wants it'], false])
  })

  it('shows its availability as the remark of the step, and saves it', async () => {
    const probeResults = [{ began: 0, ended: 1100, answered: true }]
    const { remarks, saved } = await runSwap({ strategy: () => 'hold', probeResults })
    assert.deepEqual(remarks, ['0 refused, longest wait 1.1 s'])
    assert.deepEqual(saved, [{ made: 1, refused: 0, waited: 1100, gap: 0 }])
  })

  it('saves no availability without a probe', async () => {
    const { remarks, saved } = await runSwap({ strategy: () => 'hold' })
    assert.deepEqual([remarks, saved], [[], []])
  })
})

interface SwapCase {
  strategy: SwapDeps['strategy']
  services?: Service[]
  /** The call that fails. */
  failsAt?: string
  isOutdated?: boolean
  wasInterrupted?: boolean
  /** The reason why the gate cannot be used. */
  obstacle?: string
  /** False when the services do not run. */
  isRunning?: boolean
  probeResults?: ProbeResult[]
  /** False when the new container never gets ready. */
  getsReady?: boolean
  readySeconds?: number
}

async function runSwap({
  services = [createNamedService('server', 80)],
  failsAt,
  isOutdated = true,
  obstacle,
  isRunning = true,
  probeResults = [],
  getsReady = true,
  ...rest
}: SwapCase) {
  const calls: string[] = []
  const notes: string[] = []
  const remarks: string[] = []
  const saved: Availability[] = []
  let openProbes = 0
  let wasRedirected = false
  let timer: NodeJS.Timeout | undefined
  const call = async (name: string) => {
    calls.push(name)
    if (name === failsAt) throw Failure.of('gate_stuck', { reason: 'the test wants it' })
  }
  const callFor = async (name: string, ports: PublishedPort[]) =>
    ports.length > 0 ? call(`${name} ${ports.map(({ published }) => published)}`) : undefined
  const { deps } = createPipelineFixture()
  const containers: ContainerSwap = {
    outdatedServices: async () => (isOutdated ? services : []),
    startStandbys: async (standbys) => {
      for (const { name } of standbys) await call(`standby ${name}`)
      if (!isRunning) return []
      return standbys.flatMap(({ ports }) =>
        ports.map((port) => ({ port, to: { ip: '10.0.0.2', prefix: 16 }, loopbackPort: null })),
      )
    },
    waitForDrain: async (drained, maxMs) => {
      assert.equal(maxMs, 150)
      if (drained.length === 0) return
      await call(`drain ${drained.map(({ name }) => name)}`)
      await next()
      await call('drained')
    },
    prepareContainers: () => call('prepare'),
    replaceContainers: () => call('replace'),
    waitUntilReady: async (_, { signal }) => {
      await call('ready')
      if (getsReady) return
      await once(signal, 'abort')
      signal.throwIfAborted()
    },
    removeReplaced: () => call('remove replaced'),
  }
  const gate: TrafficGate = {
    whyUnavailable: async () => obstacle ?? null,
    // Recorded one turn of the event loop later, so that a call that does not wait for `hold` is recorded before it.
    hold: async (ports) => next().then(() => callFor('hold', ports)),
    redirect: async (routes) => {
      await callFor(
        'redirect',
        routes.map(({ port }) => port),
      )
      wasRedirected = routes.length > 0
    },
    stopDiverting: async () => {
      // Recorded only if the swap waits longer than 100 ms after the gate has opened.
      timer = setTimeout(() => calls.push('100 ms later'), 100)
      await call('stop diverting')
      return wasRedirected
    },
    removeRules: () => call('remove rules'),
  }
  const probe: AvailabilityProbe = () => {
    openProbes++
    return {
      stopProbing: (ports) => void callFor('stop probing', ports),
      finish: async () => probeResults,
      [Symbol.dispose]: () => openProbes--,
    }
  }
  const ctx: StepContext = {
    ...deps.logOnlyContext,
    note: async (text) => void notes.push(text),
    remark: (text) => void remarks.push(text),
  }
  const swapDeps = {
    ...deps,
    containers,
    gate,
    probe,
    saveAvailability: (availability: Availability) => void saved.push(availability),
    ...rest,
  }
  const failed = await swap(services, swapDeps, ctx).then(
    () => false,
    () => true,
  )
  clearTimeout(timer)
  assert.equal(openProbes, 0)
  return { calls, notes, remarks, saved, failed }
}

function createNamedService(name: string, published?: number): Service {
  return createService(name, published === undefined ? {} : { ports: [{ target: 80, published, address: null }] })
}
