// Lists containers, networks and images, by the API of the VM's Docker engine.
import { request } from 'node:http'
import type { Snapshot } from '../checks/snapshot.ts'

const socketPath = '/var/run/docker.sock'
const answerTimeoutMs = 10_000

export async function listContainers(): Promise<Snapshot['containers']> {
  const containers = await getJson<{ Names: string[]; ImageID: string; State: string }[]>('/containers/json?all=1')
  const listed = containers.map(({ Names, ImageID, State }) => ({
    name: Names[0]?.slice(1) ?? '',
    image: ImageID,
    state: State,
  }))
  // Containers that are never started keep images of earlier releases.
  return listed.filter(({ name }) => !name.startsWith('bpt-keeps-'))
}

/** Includes stopped containers. */
export async function listContainerIds(): Promise<string[]> {
  return (await getJson<{ Id: string }[]>('/containers/json?all=1')).map(({ Id }) => Id)
}

/** Lists the IP addresses of the running containers. */
export async function listContainerAddresses(): Promise<string[]> {
  type Container = { NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }
  const containers = await getJson<Container[]>('/containers/json')
  return containers.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
  )
}

export async function listNetworks(): Promise<string[]> {
  return (await getJson<{ Name: string }[]>('/networks')).map(({ Name }) => Name)
}

export async function listImages(): Promise<Snapshot['images']> {
  const images = await getJson<{ Id: string; RepoTags: string[] | null }[]>('/images/json')
  return images.map(({ Id, RepoTags }) => ({ id: Id, tags: RepoTags ?? [] }))
}

/** Lists the directories of an image's layers, the topmost first. */
export async function listLayers(imageId: string): Promise<string[]> {
  const { GraphDriver } = await getJson<{ GraphDriver: { Data: { UpperDir: string; LowerDir?: string } } }>(
    `/images/${imageId}/json`,
  )
  return [GraphDriver.Data.UpperDir, ...(GraphDriver.Data.LowerDir?.split(':') ?? [])]
}

function getJson<T>(path: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const call = request({ socketPath, path, timeout: answerTimeoutMs }, (response) => {
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
