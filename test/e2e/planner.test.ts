// The planner asks the real compose for its changes of many kinds of projects.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ComposePlan, ServiceChange } from '../../agent/interfaces/engine/compose-plan.ts'
import { bootVm } from '../vm/boot/boot-vm.ts'
import type { PlannerCall, PlannerResult } from './support/planner-in-vm.ts'
import { type PlannerShape, plannerShapes } from './support/planner-shapes.ts'
import { installPlanner, startProject } from './support/planner-vm.ts'

const vm = await bootVm('planner-e2e')
after(() => vm.destroy())
before(() => installPlanner(vm))

/** Prints the engine's containers with all that a plan must not change, its networks and its volumes. */
const stateCommand = `
  docker ps --all --quiet | xargs --no-run-if-empty docker inspect --format '{{.Id}} {{.Name}} {{.State.Status}} {{.State.StartedAt}} {{.HostConfig.RestartPolicy.Name}} {{json .NetworkSettings.Networks}}' | sort
  docker network ls --format '{{.ID}} {{.Name}}' | sort
  docker volume ls --quiet | sort`

/** Prints each planned container without its identity. */
const plannedCommand = `
  docker ps --all --quiet --filter name=bpt-next | xargs docker inspect |
    sed -E 's/[0-9a-f]{12,64}(-init)?/ID/g; /"(Created|Hostname|ID)":/d' | sort`

const state: PlannerCall = { method: 'shell', command: stateCommand }
const planned: PlannerCall = { method: 'shell', command: plannedCommand }

/** A `docker` that notes its arguments. */
const noteCalls = { PATH: '/opt/planner/bin:/usr/bin:/bin' }
const forgetCalls: PlannerCall = { method: 'shell', command: 'rm --force /tmp/docker-calls' }
const readCalls: PlannerCall = { method: 'shell', command: 'cat /tmp/docker-calls || true' }

const app = { image: 'app:latest', build: '.', init: true }
const db = { image: 'node:26-slim', command: ['sleep', 'infinity'], init: true }
const unchanged: PlannerShape = {
  name: 'unchanged',
  code: ['v1', 'v1'],
  compose: [{ services: { web: app } }, { services: { web: app } }],
  changes: { web: 'stays' },
  created: [],
}
const changed = { services: { web: { ...app, environment: { WORD: 'two' } } } }

describe('the planner', () => {
  for (const shape of plannerShapes)
    it(`prepares compose's changes of the project ${shape.name}, and changes nothing that runs`, async () => {
      await using project = await startProject(vm, shape)
      await project.push()
      const results = await project.call([
        ...[state, { method: 'askPlan' as const }, state],
        ...[{ method: 'preparePlan' as const }, state, { method: 'discardPlan' as const }, state],
        ...[{ method: 'composeUp' as const }, { method: 'askPlan' as const }, { method: 'preparePlan' as const }],
      ])
      const values = results.map(requireValue)
      const [stateBefore, changes, stateAfterAsking, plan, statePrepared, , stateDiscarded, , changesLeft, planLeft] =
        values
      assert.deepEqual(describeChanges(changes), shape.changes)
      assert.equal(stateAfterAsking, stateBefore)
      assert.deepEqual(describePlan(plan, String(stateBefore)), expectedPlan(shape))
      const missing = String(stateBefore)
        .split('\n')
        .filter((line) => !String(statePrepared).includes(line))
      assert.deepEqual(missing, [])
      assert.equal(stateDiscarded, stateBefore)
      const stays = (changesLeft as ServiceChange[]).map(({ change }) => change)
      assert.deepEqual(new Set(stays), new Set(['stays']))
      assert.ok(isEmpty(planLeft as ComposePlan), JSON.stringify(planLeft))
    })
})

describe('a kept plan', () => {
  for (const name of ['dependent', 'anonymous', 'job', 'replicas', 'fixedip', 'profiles', 'waits'])
    it(`creates the containers that compose would create for the project ${name}, without compose`, async () => {
      const shape = plannerShapes.find((other) => other.name === name)
      assert.ok(shape)
      await using project = await startProject(vm, { ...shape, compose: [shape.compose[0], shape.compose[0]] })
      const newCode: PlannerCall = { method: 'shell', command: 'docker tag app:v3 app:latest' }
      const [, , , , keptPlan, keptContainers, calls, , recordedPlan, recordedContainers] = (
        await project.call(
          [
            ...[{ method: 'keepPlan' as const }, forgetCalls, newCode, { method: 'shell' as const, command: 'true' }],
            ...[{ method: 'preparePlan' as const }, planned, readCalls, { method: 'discardPlan' as const }],
            // No plan is kept for changed files, even of a service that does not exist.
            ...[{ method: 'preparePlan' as const, recreate: ['none'] }, planned, { method: 'discardPlan' as const }],
          ],
          noteCalls,
        )
      ).map(requireValue)
      assert.doesNotMatch(String(calls), /create/)
      assert.deepEqual(describePlan(keptPlan, ''), describePlan(recordedPlan, ''))
      assert.equal(keptContainers, recordedContainers)
    })

  it('answers that nothing changes, without compose', async () => {
    await using project = await startProject(vm, unchanged)
    const calls = [{ method: 'keepPlan' as const }, forgetCalls, { method: 'preparePlan' as const }, readCalls]
    const [, , plan, made] = (await project.call(calls, noteCalls)).map(requireValue)
    assert.ok(isEmpty(plan as ComposePlan))
    assert.doesNotMatch(String(made), /create/)
  })

  it('is not used after a change of the stack by hand', async () => {
    await using project = await startProject(vm, unchanged)
    const restart: PlannerCall = { method: 'shell', command: 'docker rm --force unchanged-web-1' }
    const [, , , plan] = (
      await project.call([{ method: 'keepPlan' }, forgetCalls, restart, { method: 'preparePlan' }], noteCalls)
    ).map(requireValue)
    assert.deepEqual(
      (plan as ComposePlan).created.map(({ name, replaces }) => [name, replaces]),
      [['unchanged-web-1', null]],
    )
  })
})

describe('a change that cannot be made', () => {
  const refusals: [string, object, RegExp][] = [
    [
      'an unknown capability',
      { cap_add: ['NONE'] },
      /^compose cannot make this change: invalid capability|unknown capability/i,
    ],
    ['a file that does not exist', { volumes: [missingFile()] }, /bind source path does not exist: \/none/],
    ['an image that does not exist', { image: 'none:latest' }, /none:latest/],
    [
      'a name that another container has',
      { container_name: 'foreign' },
      /the name foreign is taken by a container of no compose project/,
    ],
  ]
  for (const [title, settings, reason] of refusals)
    it(`is refused before anything changes: ${title}`, async () => {
      const before = { ...app, depends_on: ['db'] }
      const services = { web: { ...before, ...settings, networks: ['default', 'extra'] }, db }
      await using project = await startProject(vm, {
        ...unchanged,
        compose: [{ services: { web: before, db } }, { services, networks: { extra: {} } }],
      })
      await using _ = await startForeignContainer()
      await project.push()
      const [stateBefore, prepared, stateAfter] = await project.call([state, { method: 'preparePlan' }, state])
      assert.equal(prepared?.failure?.code, 'plan_refused')
      assert.match(prepared.failure.reason, reason)
      assert.equal(stateAfter?.value, stateBefore?.value)
    })

  it('is left to compose if compose would find other settings at the socket of the plan', async () => {
    await using project = await startProject(vm, { ...unchanged, compose: [unchanged.compose[0], changed] })
    await project.push()
    const settings = JSON.stringify({ proxies: { 'unix:///var/run/docker.sock': {} } })
    await vm.writeFile('/opt/planner/proxies/config.json', settings)
    const calls: PlannerCall[] = [{ method: 'preparePlan' }, { method: 'composeUp' }]
    const [prepared, made] = await project.call(calls, { DOCKER_CONFIG: '/opt/planner/proxies' })
    assert.equal(prepared?.value, null)
    assert.match(prepared?.notes.join() ?? '', /config.json has proxies for unix:/)
    assert.equal(made?.failure, undefined)
    const [changes] = (await project.call([{ method: 'askPlan' }])).map(requireValue)
    assert.deepEqual(describeChanges(changes), { web: 'stays' })
  })

  it("ends compose's own attempt with the reason of the engine", async () => {
    const taken = { services: { web: { ...app, container_name: 'foreign' } } }
    await using project = await startProject(vm, { ...unchanged, compose: [unchanged.compose[0], taken] })
    await using _ = await startForeignContainer()
    await project.push()
    const [made] = await project.call([{ method: 'composeUp' }])
    assert.equal(made?.failure?.code, 'up_failed')
    assert.match(made.failure.reason, /The container name "\/foreign" is already in use/)
  })
})

describe('services whose files changed', () => {
  it('are planned as compose replaces them, with their dependents', async () => {
    await using project = await startProject(vm, plannerShapes[0] as PlannerShape)
    const recreate = ['db']
    const calls: PlannerCall[] = [
      { method: 'askPlan', recreate },
      { method: 'preparePlan', recreate },
    ]
    const [changes, plan] = (await project.call(calls)).map(requireValue)
    const expected = {
      db: 'replaced: its files changed',
      web: 'replaced: it depends on db',
      worker: 'replaced: it depends on web',
    }
    assert.deepEqual(describeChanges(changes), expected)
    assert.deepEqual(describePlan(plan, '').created, ['dependent-db-1', 'dependent-web-1', 'dependent-worker-1'])
  })

  it('are replaced by compose if only compose can make the change', async () => {
    await using project = await startProject(vm, unchanged)
    const [stateBefore, , stateAfter] = (
      await project.call([state, { method: 'composeUp', recreate: ['web'] }, state])
    ).map(requireValue)
    assert.notEqual(stateAfter, stateBefore)
  })
})

describe('the rest of a plan that was interrupted', () => {
  it('is removed by the next plan', async () => {
    await using project = await startProject(vm, unchanged)
    const leftover = 'docker create --name unchanged-web-1.bpt-next --label com.docker.compose.project=unchanged'
    const labels = '--label com.docker.compose.oneoff=False --label com.docker.compose.service=web'
    const [stateBefore, , plan, stateAfter] = (
      await project.call([
        state,
        { method: 'shell', command: `${leftover} ${labels} node:26-slim` },
        ...[{ method: 'preparePlan' as const }, state],
      ])
    ).map(requireValue)
    assert.ok(isEmpty(plan as ComposePlan))
    assert.equal(stateAfter, stateBefore)
  })
})

function requireValue({ value, failure }: PlannerResult): unknown {
  assert.equal(failure, undefined)
  return value
}

function describeChanges(changes: unknown): Record<string, string> {
  return Object.fromEntries(
    (changes as ServiceChange[]).map(({ service, change, reason }) => [
      service,
      reason ? `${change}: ${reason}` : change,
    ]),
  )
}

function describePlan(plan: unknown, stateBefore: string) {
  const { created, removed, restarted, networks, volumes } = plan as ComposePlan
  const nameOf = (id: string) => new RegExp(`^${id} /(\\S+)`, 'm').exec(stateBefore)?.[1]
  const replaced = new Set(created.map(({ replaces }) => replaces))
  return {
    created: created.map(({ name }) => name).toSorted(),
    removed: removed
      .filter(({ id }) => !replaced.has(id))
      .map(({ id }) => nameOf(id))
      .toSorted(),
    restarted: restarted.map(nameOf),
    ...{ networks, volumes },
  }
}

function expectedPlan({ name, created, removed = [], restarted = [], networks = [], volumes = [] }: PlannerShape) {
  const fullName = (service: string) => (/-\d+$/.test(service) ? `${name}-${service}` : service)
  return {
    created: created.map(fullName),
    removed: removed.map(fullName),
    restarted: restarted.map(fullName),
    ...{ networks, volumes },
  }
}

function isEmpty({ created, removed, restarted, networks, volumes }: ComposePlan): boolean {
  return [created, removed, restarted, networks, volumes].every((list) => list.length === 0)
}

/** Starts a container that belongs to no compose project. */
async function startForeignContainer(): Promise<AsyncDisposable> {
  await vm.run('docker run --detach --name foreign node:26-slim sleep infinity')
  return {
    async [Symbol.asyncDispose]() {
      await vm.run('docker rm --force foreign')
    },
  }
}

function missingFile() {
  return { type: 'bind', source: '/none', target: '/none', bind: { create_host_path: false } }
}
