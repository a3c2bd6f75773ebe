// Finds services whose images are built from the images of other services, and the order in which to build them.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import { canonicalName } from '../../compose/image-name.ts'

/** A build context of this name stands for the image of another service. */
export interface SiblingContext {
  /** The key of `additional_contexts`: an image reference as BuildKit compares it, or the user's own key. */
  context: string
  service: Service
}

export interface StagedBuild {
  service: Service
  siblings: SiblingContext[]
}

/**
 * Sorts builds into stages: each image is built after the images that it is built from. Compose itself takes the order
 * from `depends_on`, and would take an image of the release before for one that is not built yet.
 */
export async function readBuildStages(services: Service[]): Promise<StagedBuild[][]> {
  let rest = await Promise.all(
    services.map(async (service) => ({ service, siblings: await readSiblings(service, services) })),
  )
  const stages: StagedBuild[][] = []
  while (rest.length > 0) {
    const isWaiting = (name: string) => rest.some(({ service }) => service.name === name)
    const ready = rest.filter(({ siblings }) => !siblings.some(({ service }) => isWaiting(service.name)))
    // In a circle each build takes the image that is there, as with compose.
    const stage = ready.length > 0 ? ready : rest.map(({ service }) => ({ service, siblings: [] }))
    stages.push(stage)
    rest = rest.filter(({ service }) => !stage.some((build) => build.service === service))
  }
  return stages
}

/** Finds the service that builds an image reference of a Dockerfile; undefined for every other image. */
export function findSibling(reference: string, service: Service, services: Service[]): Service | undefined {
  const name = canonicalName(reference)
  if (name === canonicalName(service.image)) return undefined
  return services.find(({ image }) => canonicalName(image) === name)
}

async function readSiblings(service: Service, services: Service[]): Promise<SiblingContext[]> {
  const contexts = (service.build?.additional_contexts ?? {}) as Record<string, unknown>
  const named = Object.entries(contexts).flatMap(([context, value]) => {
    const [, scheme, name = ''] = /^(service:|docker-image:\/\/)(.+)$/.exec(String(value)) ?? []
    const isOther = ({ name: other }: Service) => other === name && other !== service.name
    const sibling = scheme === 'service:' ? services.find(isOther) : findSibling(name, service, services)
    return sibling ? [{ context, service: sibling }] : []
  })
  if (services.length === 1) return named
  const [{ guessReferencedImages }, text] = await Promise.all([import('./dockerfile.ts'), readDockerfile(service)])
  const { args = {} } = service.build ?? {}
  const referenced = guessReferencedImages(text, (args ?? {}) as Record<string, unknown>).flatMap((reference) => {
    const sibling = findSibling(reference, service, services)
    const context = canonicalName(reference).replace(/:latest$/, '')
    return sibling && !(context in contexts) ? [{ context, service: sibling }] : []
  })
  return [...named, ...referenced]
}

/** Returns no text for a Dockerfile that cannot be read here, such as that of a git repository. */
async function readDockerfile({ build }: Service): Promise<string> {
  const { context = '', dockerfile = 'Dockerfile', dockerfile_inline: inline } = build ?? {}
  if (typeof inline === 'string') return inline
  return readFile(resolve(String(context), String(dockerfile)), 'utf8').catch(() => '')
}
