// What the machine's engine has, by its API.
import { request } from 'node:http'
import type { Sight } from '../checks/snapshot.ts'

const socketPath = '/var/run/docker.sock'
const patience = 10_000

export async function containers(): Promise<Sight['containers']> {
  const found = await got<{ Names: string[]; ImageID: string; State: string }[]>('/containers/json?all=1')
  return found.map(({ Names, ImageID, State }) => ({ name: Names[0]?.slice(1) ?? '', image: ImageID, state: State }))
}

/** Of all containers. */
export async function ids(): Promise<string[]> {
  return (await got<{ Id: string }[]>('/containers/json?all=1')).map(({ Id }) => Id)
}

/** Of the containers that run. */
export async function addresses(): Promise<string[]> {
  type Found = { NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }
  const found = await got<Found[]>('/containers/json')
  return found.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
  )
}

export async function networks(): Promise<string[]> {
  return (await got<{ Name: string }[]>('/networks')).map(({ Name }) => Name)
}

export async function images(): Promise<Sight['images']> {
  const found = await got<{ Id: string; RepoTags: string[] | null }[]>('/images/json')
  return found.map(({ Id, RepoTags }) => ({ id: Id, tags: RepoTags ?? [] }))
}

/** The directories of an image's layers, the last one first. */
export async function layers(id: string): Promise<string[]> {
  const { GraphDriver } = await got<{ GraphDriver: { Data: { UpperDir: string; LowerDir?: string } } }>(
    `/images/${id}/json`,
  )
  return [GraphDriver.Data.UpperDir, ...(GraphDriver.Data.LowerDir?.split(':') ?? [])]
}

function got<T>(path: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const call = request({ socketPath, path, timeout: patience }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () =>
      response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${path}: ${text}`)),
    )
  })
  call.on('timeout', () => call.destroy(new Error(`Docker did not answer ${path}`)))
  call.on('error', reject)
  call.end()
  return promise
}
