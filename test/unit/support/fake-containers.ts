// Keeps containers in memory and answers as Docker's API does, for the tests of single containers.
import { Readable } from 'node:stream'
import Docker from 'dockerode'
import type { StepContext } from '../../../agent/interfaces/step-context.ts'
import { noTimeLimit } from '../../../agent/interfaces/time-limit.ts'
import { silentContext } from './step-context.ts'

export interface FakeContainer {
  Id: string
  Name: string
  RestartCount: number
  Created?: string
  Config: { Labels: Record<string, string> } & Record<string, unknown>
  HostConfig: Record<string, unknown>
  State: Record<string, unknown>
  NetworkSettings: { Networks: Record<string, object>; Ports: object }
}

/** @param parts replace the parts of a container that runs and has no ports. */
export function createFakeContainer(name: string, parts: Partial<FakeContainer> = {}): FakeContainer {
  return {
    Id: `id of ${name}`,
    Name: `/${name}`,
    RestartCount: 0,
    HostConfig: { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
    State: { Status: 'running', Running: true, Pid: 1, ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' },
    NetworkSettings: { Networks: {}, Ports: {} },
    ...parts,
    Config: { ...parts.Config, Labels: { 'com.docker.compose.service': 'web', ...parts.Config?.Labels } },
  }
}

/** An engine with these containers; it writes each change that it makes into `changes`. */
export function createFakeDocker(containers: FakeContainer[], changes: string[] = []): Docker {
  const find = (id: string) =>
    containers.find((container) => container.Id === id || container.Name === `/${id}`) ?? refuse(404, `no ${id}`)
  const getContainer = (id: string) => ({
    inspect: async () => structuredClone(find(id)),
    rename: async ({ name }: { name: string }) => {
      const container = find(id)
      if (containers.some(({ Name }) => Name === `/${name}`)) refuse(409, `the name ${name} is in use`)
      changes.push(`rename ${id} to ${name}`)
      container.Name = `/${name}`
    },
    update: async ({ RestartPolicy }: { RestartPolicy: { Name: string } }) => {
      find(id).HostConfig.RestartPolicy = RestartPolicy
      changes.push(`restart ${id} ${RestartPolicy.Name}`)
    },
    start: async () => {
      const container = find(id)
      if (container.State.Running) refuse(304, '')
      changes.push(`start ${id}`)
    },
    stop: async () => {
      const container = find(id)
      if (!container.State.Running) refuse(304, '')
      changes.push(`stop ${id}`)
      Object.assign(container.State, { Running: false, Status: 'exited', ExitCode: 0 })
    },
    kill: async () => {
      changes.push(`kill ${id}`)
      Object.assign(find(id).State, { Running: false, Status: 'exited', ExitCode: 137 })
    },
    wait: async () => ({ StatusCode: 137 }),
    remove: async ({ v }: { v: boolean }) => {
      containers.splice(containers.indexOf(find(id)), 1)
      changes.push(`remove ${id}${v ? ' with volumes' : ''}`)
    },
  })
  return Object.assign(new Docker(), {
    getContainer,
    listContainers: async () => containers.map(({ Id }) => ({ Id })),
    listNetworks: async () => [{ Name: 'shop_default' }],
    getEvents: async () => Readable.from(['']),
  })
}

export function createStepContext(): { ctx: StepContext; notes: string[]; abort(reason: unknown): void } {
  const notes: string[] = []
  const controller = new AbortController()
  const ctx: StepContext = {
    ...silentContext,
    signal: controller.signal,
    pauseLimit: noTimeLimit.pause,
    note: async (text) => void notes.push(text),
  }
  return { ctx, notes, abort: (reason) => controller.abort(reason) }
}

function refuse(statusCode: number, message: string): never {
  throw Object.assign(new Error(message), { statusCode, json: { message } })
}
