// Provides an engine with one container, whose inspection the test gives.
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'

/** Creates an engine with one container. @param parts replace those of one that runs and has no health check. */
export function createEngineWithContainer(ip: string, parts: object = {}): Docker {
  const info = {
    RestartCount: 0,
    State: { Status: 'running', Running: true, StartedAt: new Date(0).toISOString() },
    Config: {},
    HostConfig: {},
    NetworkSettings: { Networks: { own: { IPAddress: ip, IPPrefixLen: 8 } } },
    ...parts,
  }
  return Object.assign(new Docker(), {
    getContainer: () => ({ inspect: async () => info }),
    getEvents: async () => new PassThrough(),
  })
}
