import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AvailabilityProbe, ProbeResult } from '../../../agent/interfaces/availability-probe.ts'
import { type ComposePlan, isEmptyPlan, type StackSnapshot } from '../../../agent/interfaces/engine/compose-plan.ts'
import type { PublishedPort } from '../../../agent/interfaces/published-port.ts'
import type { TrafficGate } from '../../../agent/interfaces/traffic-gate.ts'
import type { Availability } from '../../../agent/protocol/messages.ts'
import type { Strategy } from '../../../agent/swap/strategies.ts'
import { finishSwap, type SwapDeps, swap } from '../../../agent/swap/swap.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { MemoryNetworks } from '../support/memory-networks.ts'
import { type MemoryService, MemoryStack } from '../support/memory-stack.ts'
import { silentContext } from '../support/step-context.ts'

const port = (published: number): PublishedPort => ({ target: 80, published, address: null })
const web: MemoryService = { name: 'web', ports: [port(80)] }
const after = (name: string, condition: 'service_started' | 'service_healthy' | 'service_completed_successfully') => ({
  [name]: { condition, isRequired: true, restartsDependent: false },
})

describe('a swap', () => {
  it('holds connections until the new container is ready, drains earlier ones, and keeps the old container', async () => {
    const { calls } = await runSwap([web], { web: 'old' }, { web: 'new' })
    assert.deepEqual(calls, [
      ...['hold 80', 'drain web', 'stop probing 80', 'stop web', 'start web', 'web answering'],
      ...['stop diverting', 'remove standbys', 'remove rules', 'web ready'],
    ])
  })

  it('releases connections before a container that answers none has run for long enough', async () => {
    const services = [web, { name: 'worker' }]
    const { calls } = await runSwap(services, { web: 'old', worker: 'old' }, { web: 'new', worker: 'new' })
    const released = calls.indexOf('stop diverting')
    assert.ok(calls.indexOf('worker answering') < released && released < calls.indexOf('worker ready'))
  })

  it('redirects connections to a standby that is ready, before the old container stops', async () => {
    const { calls } = await runSwap([web], { web: 'old' }, { web: 'new' }, { strategy: () => 'standby' })
    assert.deepEqual(calls.slice(0, 5), ['standby web', 'redirect 80', 'drain web', 'stop web', 'start web'])
  })

  it('does not count the time in which the old container and the standby end', async () => {
    const stack = MemoryStack.running([web], { web: 'old' })
    stack.current.web = 'new'
    const pauses: string[] = []
    const pauseLimit = () => {
      pauses.push('pause')
      return { [Symbol.dispose]: () => void pauses.push('continue') }
    }
    stack.beforeCall = (call) => {
      if (['stop web', 'start web', 'remove standbys'].includes(call)) pauses.push(call)
    }
    const prepared = { snapshot: await stack.snapshot('shop'), plan: await stack.preparePlan() }
    const deps = { ...createPipelineFixture().deps, containers: stack, strategy: () => 'standby' as const }
    await swap(prepared, deps, { ...silentContext, pauseLimit })
    assert.deepEqual(pauses, ['pause', 'stop web', 'continue', 'start web', 'pause', 'remove standbys', 'continue'])
  })

  it('neither holds nor redirects connections with the strategy plain', async () => {
    const { calls } = await runSwap([web], { web: 'old' }, { web: 'new' }, { strategy: () => 'plain' })
    assert.deepEqual(calls.slice(0, 2), ['stop web', 'start web'])
  })

  it('is plain where connections cannot be held, and notes the reason once', async () => {
    const obstacle = 'nft is not installed'
    const { calls, notes } = await runSwap([web], { web: 'old' }, { web: 'new' }, { obstacle })
    assert.deepEqual(calls.slice(0, 2), ['stop web', 'start web'])
    assert.deepEqual(notes, ['swapped by plain: web; connections are refused meanwhile: nft is not installed'])
  })

  it('does nothing for containers that are up to date, and says so', async () => {
    const { calls, remarks } = await runSwap([web], { web: 'old' }, { web: 'old' })
    assert.deepEqual([calls, remarks], [[], ['nothing to swap: same image, same configuration']])
  })

  it('starts a container that had stopped, although nothing else changes', async () => {
    const stack = MemoryStack.running([web], { web: 'old' })
    await stack.stop(['1'])
    const { calls } = await runPlan(stack)
    assert.ok(calls.includes('start web'))
  })

  it('starts dependents after what they depend on, and waits for the conditions between them', async () => {
    const services = [
      { name: 'worker', dependsOn: after('web', 'service_healthy') },
      { name: 'web', dependsOn: after('db', 'service_started') },
      { name: 'db' },
    ]
    const { calls } = await runSwap(services, {}, {})
    assert.deepEqual(
      calls.filter((call) => /^start|healthy/.test(call)),
      ['start db', 'start web', 'web healthy', 'start worker'],
    )
  })

  it('runs a job to its end before anything stops', async () => {
    const services = [
      { name: 'migrate', exitCode: 0 },
      { ...web, dependsOn: after('migrate', 'service_completed_successfully') },
    ]
    const { calls } = await runSwap(services, { migrate: 'old', web: 'old' }, { migrate: 'new', web: 'new' })
    assert.deepEqual(calls.slice(0, 4), ['start migrate', 'migrate succeeded', 'hold 80', 'drain web'])
  })

  it('leaves everything that runs alone when a job fails', async () => {
    const services = [
      { name: 'migrate', exitCode: 1 },
      { ...web, dependsOn: after('migrate', 'service_completed_successfully') },
    ]
    const { stack, failed, calls } = await runSwap(
      services,
      { migrate: 'old', web: 'old' },
      { migrate: 'new', web: 'new' },
    )
    assert.equal(failed?.code, 'unhealthy')
    assert.deepEqual(stack.running, { web: 'old' })
    assert.ok(!calls.includes('stop web'))
  })

  it('goes on when a job fails that no service requires, and says so', async () => {
    const optional = {
      condition: 'service_completed_successfully',
      isRequired: false,
      restartsDependent: false,
    } as const
    const services = [
      { name: 'report', exitCode: 1 },
      { ...web, dependsOn: { report: optional } },
    ]
    const { stack, failed, notes } = await runSwap(
      services,
      { report: 'old', web: 'old' },
      { report: 'new', web: 'new' },
    )
    assert.equal(failed, null)
    assert.deepEqual(stack.running, { web: 'new' })
    assert.match(notes.join(), /no service requires this job: report .*it ended/)
  })

  it('runs a finished job again only if the deploy changes something', async () => {
    const services = [{ name: 'migrate', exitCode: 0 }, web]
    const images = { migrate: 'old', web: 'old' }
    const dependents = [
      services[0],
      { ...web, dependsOn: after('migrate', 'service_completed_successfully') },
    ] as MemoryService[]
    assert.deepEqual((await runSwap(dependents, images, images)).calls, [])
    assert.ok((await runSwap(dependents, images, { ...images, web: 'new' })).calls.includes('start migrate'))
  })

  it('starts an added service before anything stops, unless a port is still taken', async () => {
    const added = { name: 'api', ports: [port(81)] }
    const moved = { name: 'api', ports: [port(80)] }
    const stack = () => MemoryStack.running([web], { web: 'old' })
    const replace = async (services: MemoryService[]) => {
      const from = stack()
      from.services = services
      from.current.web = 'new'
      return (await runPlan(from)).calls.filter((call) => /^(stop|start) (web|api)/.test(call))
    }
    assert.deepEqual(await replace([web, added]), ['start api', 'stop web', 'start web'])
    assert.deepEqual(await replace([{ name: 'web' }, moved]), ['stop web', 'start web', 'start api'])
  })

  it('starts a renamed database only after the old one has stopped: both have one volume', async () => {
    const stack = MemoryStack.running([{ name: 'db', claims: ['volume data'] }], { db: 'old' })
    stack.services = [{ name: 'postgres', claims: ['volume data'] }]
    const { calls } = await runPlan(stack)
    assert.deepEqual(
      calls.filter((call) => /^(stop|start) (db|postgres)/.test(call)),
      ['stop db', 'start postgres'],
    )
  })

  it('swaps although an added service is not ready before, and fails only if it is not ready afterwards', async () => {
    const stack = MemoryStack.running([web], { web: 'old' })
    stack.services = [web, { name: 'proxy' }]
    stack.current.web = 'new'
    stack.beforeCall = (call) => {
      if (call === 'proxy answering' && stack.running.web === 'old') throw new Error('no upstream')
    }
    const { failed, notes } = await runPlan(stack)
    assert.equal(failed, null)
    assert.match(notes.join(), /the swap goes on/)
    assert.deepEqual(stack.running, { web: 'new', proxy: 'fixed' })
  })

  it('takes a service away that is no longer in the compose file', async () => {
    const stack = MemoryStack.running([web, { name: 'redis' }], { web: 'old' })
    stack.services = [web]
    const { plan } = await runPlan(stack)
    assert.deepEqual(Object.keys(stack.running), ['web'])
    await finishSwap(plan, { containers: stack }, silentContext)
    assert.deepEqual(
      stack.containers.map(({ name }) => name),
      ['web'],
    )
  })

  it('neither holds nor measures the port of a service that is no longer in the compose file', async () => {
    const stack = MemoryStack.running([web, { name: 'api', ports: [port(81)] }], { web: 'old' })
    stack.services = [web]
    stack.current.web = 'new'
    const { calls } = await runPlan(stack)
    assert.deepEqual(
      calls.filter((call) => /hold|probing/.test(call)),
      ['hold 80', 'stop probing 80'],
    )
  })

  it('names the failure of a dependency instead of that of its dependent', async () => {
    const services = [{ ...web, dependsOn: after('db', 'service_started') }, { name: 'db' }]
    const stack = MemoryStack.running(services, { web: 'old', db: 'old' })
    Object.assign(stack.current, { web: 'new', db: 'new' })
    stack.services = [services[0] as MemoryService, { name: 'db', exitCode: 3 }]
    const { failed } = await runPlan(stack)
    assert.match(String(failed?.message), /^db does not become healthy/)
  })

  it('starts a container once more whose start failed because its dependency was about to start again', async () => {
    const services = [{ name: 'side', dependsOn: after('db', 'service_started') }, { name: 'db' }]
    const stack = MemoryStack.running(services, { side: 'old', db: 'old' })
    Object.assign(stack.current, { side: 'new', db: 'new' })
    let failures = 1
    stack.beforeCall = (call) => {
      if (call === 'start side' && failures-- > 0) throw new Error('the namespace of db is gone')
    }
    const { failed } = await runPlan(stack)
    assert.equal(failed, null)
    assert.deepEqual(stack.running, { side: 'new', db: 'new' })
  })

  it('reports the counts of the probes as its remark, and records them', async () => {
    const probeResults = [
      { endpoint: '10.0.0.1:80', began: 0, ended: 5, answered: true, connected: true },
      { endpoint: '10.0.0.1:80', began: 25, ended: 26, answered: false, connected: false },
      { endpoint: '10.0.0.1:80', began: 50, ended: 950, answered: true, connected: true },
    ]
    const { remarks, saved } = await runSwap([web], { web: 'old' }, { web: 'new' }, { probeResults })
    assert.deepEqual(saved, [{ made: 3, refused: 1, waited: 900, gap: 945 }])
    assert.match(remarks.join(), /1 refused, down for 0.9 s, longest wait 0.9 s/)
  })

  it('can be repeated after it was cut off at any call, and then ends as if it had not been', async () => {
    const services = [
      { name: 'migrate', exitCode: 0 },
      {
        ...web,
        dependsOn: { ...after('migrate', 'service_completed_successfully'), ...after('db', 'service_healthy') },
      },
      { name: 'db' },
      { name: 'worker', dependsOn: after('web', 'service_started') },
    ]
    for (const strategy of ['hold', 'standby', 'plain'] as const) {
      let cutOffs = 0
      for (let act = 1; act <= 25; act++) {
        const stack = MemoryStack.running(services, { migrate: 'old', web: 'old', db: 'old', worker: 'old' })
        Object.assign(stack.current, { migrate: 'new', web: 'new', db: 'new', worker: 'new' })
        const prepared = { snapshot: await stack.snapshot('shop'), plan: await stack.preparePlan() }
        let acts = 0
        stack.beforeCall = () => {
          if (++acts === act) throw new Error('the agent died')
        }
        if ((await runPlan(stack, { strategy: () => strategy, prepared })).failed) cutOffs++
        stack.beforeCall = () => {}
        assert.equal((await runPlan(stack, { strategy: () => strategy, prepared })).failed, null)
        await finishSwap(prepared.plan, { containers: stack }, silentContext)
        assert.deepEqual(stack.running, { web: 'new', db: 'new', worker: 'new' }, `${strategy}, act ${act}`)
        assert.equal(stack.containers.find(({ name }) => name === 'migrate')?.starts, 1)
        assert.ok(isEmptyPlan(await stack.preparePlan()))
      }
      assert.ok(cutOffs > 8)
    }
  })
})

interface SwapOptions {
  strategy?: (service: string) => Strategy
  obstacle?: string
  probeResults?: ProbeResult[]
  prepared?: { plan: ComposePlan; snapshot: StackSnapshot }
}

/** Swaps services that run with `before` for the images `now`. */
async function runSwap(
  services: MemoryService[],
  before: Record<string, string>,
  now: Record<string, string>,
  options: SwapOptions = {},
) {
  const running = services.filter(({ name }) => name in before)
  const stack = MemoryStack.running(running, { ...before })
  stack.services = services
  Object.assign(stack.current, now)
  return { stack, ...(await runPlan(stack, options)) }
}

async function runPlan(
  stack: MemoryStack,
  { strategy = () => 'hold', obstacle, probeResults = [], prepared }: SwapOptions = {},
) {
  const snapshot = prepared?.snapshot ?? (await stack.snapshot('shop'))
  const plan = prepared?.plan ?? (await stack.preparePlan())
  if (!prepared) stack.calls.length = 0
  const { calls } = stack
  const notes: string[] = []
  const remarks: string[] = []
  const saved: Availability[] = []
  let openProbes = 0
  const probe: AvailabilityProbe = () => {
    openProbes++
    return {
      stopProbing: (ports) => void recordPorts(calls, 'stop probing', ports),
      finish: async () => probeResults,
      [Symbol.dispose]: () => openProbes--,
    }
  }
  const deps: SwapDeps = {
    containers: stack,
    addresses: new MemoryNetworks(),
    gate: createGate(calls, obstacle ?? null),
    probe,
    strategy,
    readySeconds: 5,
    saveAvailability: (availability) => void saved.push(availability),
  }
  const ctx = {
    ...silentContext,
    note: async (text: string) => void notes.push(text),
    remark: (text: string) => void remarks.push(text),
  }
  const failed = await swap({ plan, snapshot }, deps, ctx).then(
    () => null,
    (thrown) => thrown,
  )
  assert.equal(openProbes, 0)
  return { calls, notes, remarks, saved, failed, plan }
}

function createGate(calls: string[], obstacle: string | null): TrafficGate {
  let wasRedirected = false
  return {
    whyUnavailable: async () => obstacle,
    hold: async (ports) => recordPorts(calls, 'hold', ports),
    redirect: async (routes) => {
      wasRedirected = routes.length > 0
      recordPorts(
        calls,
        'redirect',
        routes.map((route) => route.port),
      )
    },
    stopDiverting: async () => {
      calls.push('stop diverting')
      return wasRedirected
    },
    removeRules: async () => void calls.push('remove rules'),
  }
}

function recordPorts(calls: string[], name: string, ports: PublishedPort[]): void {
  if (ports.length > 0) calls.push(`${name} ${ports.map(({ published }) => published)}`)
}
