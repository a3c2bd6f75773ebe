import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerInfo } from 'dockerode'
import { PlanRecord } from '../../../../../agent/adapters/compose/plan/guard/plan-record.ts'
import { describeChanges } from '../../../../../agent/adapters/compose/plan/service-changes.ts'
import type { Dependency } from '../../../../../agent/interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../../agent/interfaces/engine/compose-project.ts'
import { createService, noPlanFacts } from '../../../support/services.ts'

const dependency: Dependency = { condition: 'service_started', isRequired: true, restartsDependent: false }
const labels = { image: 'sha256:old', hash: 'old' }

describe('the changes of a plan', () => {
  it('name changed code, configuration and files as causes', () => {
    const record = new PlanRecord()
    replace(record, 'web', { image: 'sha256:new' })
    replace(record, 'mail', { image: 'sha256:new', hash: 'new' })
    replace(record, 'proxy', {})
    const containers = ['web', 'mail', 'proxy', 'db'].map((name) => container(name))
    assert.deepEqual(changesOf(record, containers, { recreate: new Map([['proxy', 'nginx.conf changed']]) }), {
      web: 'replaced: code changed',
      mail: 'replaced: image changed, configuration changed',
      proxy: 'replaced: nginx.conf changed',
      db: 'stays',
    })
  })

  it('name the dependency of a service that has not changed itself', () => {
    const record = new PlanRecord()
    replace(record, 'db', { hash: 'new' })
    replace(record, 'web', {})
    record.stopped.add('proxy')
    const containers = ['web', 'mail', 'proxy', 'db'].map((name) => container(name))
    assert.deepEqual(changesOf(record, containers), {
      web: 'replaced: it depends on db',
      mail: 'stays',
      proxy: 'restarted: it depends on web',
      db: 'replaced: configuration changed',
    })
  })

  it('say that an image is built again if only the build shows a change', () => {
    const record = new PlanRecord()
    replace(record, 'web', { image: 'sha256:new' })
    const images = { ids: {}, uncertain: new Set(['web', 'db']) }
    assert.deepEqual(changesOf(record, [container('web')], { images }).web, 'replaced: is built again')
  })

  it('tell services that begin and end, and counts of replicas', () => {
    const record = new PlanRecord()
    create(record, 'web', null, {})
    create(record, 'mail', null, {})
    record.removed.set('proxy-2', false)
    record.removed.set('old', false)
    const containers = [container('web'), container('proxy'), container('proxy', 'proxy-2'), container('db')]
    assert.deepEqual(changesOf(record, [...containers, container('old')]), {
      web: 'created: replicas 1 to 2',
      mail: 'created: it has no container yet',
      proxy: 'removed: replicas 2 to 1',
      db: 'stays',
      old: 'removed: no longer in the compose file',
    })
  })

  it('count a finished job as no change, unlike another service that has ended', () => {
    const containers = ['web', 'mail', 'proxy', 'db'].map((name) => ({ ...container(name), State: 'exited' }))
    const job: Dependency = { ...dependency, condition: 'service_completed_successfully' }
    const dependencies = { web: { mail: job, proxy: job, db: job } }
    assert.deepEqual(changesOf(new PlanRecord(), containers, { dependencies }), {
      ...{ web: 'started: it does not run', mail: 'stays', proxy: 'stays', db: 'stays' },
    })
  })

  it('tell that a finished job runs again where a container changes', () => {
    const record = new PlanRecord()
    replace(record, 'web', { image: 'sha256:new' })
    const jobs = ['mail', 'proxy'].map((name) => ({ ...container(name), State: 'exited' }))
    const job: Dependency = { ...dependency, condition: 'service_completed_successfully' }
    const dependencies = { web: { mail: job, db: job } }
    assert.deepEqual(changesOf(record, [container('web'), ...jobs, container('db')], { dependencies }), {
      ...{ web: 'replaced: code changed', mail: 'stays: the job runs again' },
      ...{ proxy: 'started: it does not run', db: 'stays' },
    })
  })
})

function changesOf(
  record: PlanRecord,
  containers: ContainerInfo[],
  {
    recreate = new Map<string, string>(),
    dependencies = defaultDependencies,
    images = { ids: {}, uncertain: new Set<string>() },
  } = {},
): Record<string, string> {
  const services = [
    createService('web'),
    ...['mail', 'proxy', 'db'].map((name) => createService(name, { isBuilt: false })),
  ]
  const project: ComposeProject = {
    ...{ name: 'shop', services, labels: {}, secrets: [], networks: [] },
    ...{ ...noPlanFacts, dependencies },
  }
  const changes = describeChanges({ project, record, options: { recreate, images }, containers })
  return Object.fromEntries(
    changes.map(({ service, change, reason }) => [service, reason ? `${change}: ${reason}` : change]),
  )
}

const defaultDependencies: ComposeProject['dependencies'] = { web: { db: dependency }, proxy: { web: dependency } }

/** The id of a container is the name of its service unless another is given. */
function container(service: string, id = service): ContainerInfo {
  const info: Partial<ContainerInfo> = { Id: id, State: 'running', Labels: labelsOf(service, labels) }
  return info as ContainerInfo
}

function replace(record: PlanRecord, service: string, changed: Partial<typeof labels>): void {
  record.removed.set(service, false)
  create(record, service, service, changed)
}

function create(record: PlanRecord, service: string, replaces: string | null, changed: Partial<typeof labels>): void {
  const id = `new ${service}`
  const body = { Image: service, Labels: labelsOf(service, { ...labels, ...changed }), HostConfig: {} }
  record.created.set(id, { id, name: id, service, replaces, createUrl: '', body, connections: [], archives: [] })
}

function labelsOf(service: string, { image, hash }: typeof labels): Record<string, string> {
  return {
    'com.docker.compose.service': service,
    'com.docker.compose.image': image,
    'com.docker.compose.config-hash': hash,
  }
}
