// Finds the images of services that nothing in the project builds, and lets compose pull them as their policy asks.
import type Docker from 'dockerode'
import type { ComposeProject, Service } from '../../../interfaces/engine/compose-project.ts'
import type { ImageIds, ImageNames, PulledImages } from '../../../interfaces/engine/images.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { canonicalName } from '../../compose/image-name.ts'
import { findImageId, ignoreUnknownImage, restoreNames } from '../images.ts'

/** Pulls the images of services; a failure names the registry's refusal. */
export type PullServices = (services: Service[], ctx: StepContext) => Promise<void>

interface NamedImage {
  id: string
  /** The last time when the name was given to the image, in milliseconds since 1970; 0 if unknown. */
  taggedAt: number
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** @param wanted images to use instead of those that the names refer to, if they exist. */
export async function findOrPullImages(
  docker: Docker,
  pull: PullServices,
  { services }: ComposeProject,
  wanted: ImageIds,
  ctx: StepContext,
): Promise<PulledImages> {
  const found = await Promise.all(
    services
      .filter(({ builtBy }) => builtBy === null)
      .map((service) => findImage(docker, service, wanted[service.name])),
  )
  const missing = found.filter(({ wantedId, named, service }) => !wantedId && mustPull(service.pullPolicy, named))
  const refused = found.find(({ wantedId, named, service }) => !wantedId && !named && !missing.some(isOf(service)))
  if (refused && refused.service.replicas > 0) throw refusePull(refused.service)
  const nameOf = ({ service }: { service: Service }) => canonicalName(service.image)
  const toPull = missing.filter((image) => missing.find((other) => nameOf(other) === nameOf(image)) === image)
  const pulledIds = await pullMissing(docker, pull, toPull, ctx)
  const ids = found.flatMap(({ service, wantedId, named }) => {
    const id = wantedId ?? pulledIds.get(canonicalName(service.image)) ?? named?.id
    return id ? [[service.name, id] as const] : []
  })
  return { images: Object.fromEntries(ids), pulled: toPull.map(({ service }) => service.name) }
}

/** Returns the new images by their names, which refer to the images before again: the step plan moves them. */
async function pullMissing(
  docker: Docker,
  pull: PullServices,
  images: { service: Service; named: NamedImage | null }[],
  ctx: StepContext,
): Promise<Map<string, string>> {
  if (images.length === 0) return new Map()
  try {
    const services = images.map(({ service }) => service)
    await pull(services, ctx)
    const ids = services.map(async ({ image }) => [canonicalName(image), await requireImage(docker, image)] as const)
    return new Map(await Promise.all(ids))
  } finally {
    const namesBefore = images.flatMap(({ named, service: { image } }) =>
      named && !image.includes('@') ? [[image, named.id] as const] : [],
    )
    await requireNames(docker, Object.fromEntries(namesBefore))
  }
}

async function requireNames(docker: Docker, names: ImageNames): Promise<void> {
  const [refused] = await restoreNames(docker, names)
  if (refused) throw refused.refusal
}

/** True if compose would pull: by its default only an image that is missing. */
export function mustPull(policy: string, named: NamedImage | null, now = Date.now()): boolean {
  if (policy === 'always') return true
  if (policy === 'never' || policy === 'build') return false
  if (!named) return true
  const maxAgeMs = refreshIntervalMs(policy)
  return maxAgeMs !== null && now - named.taggedAt > maxAgeMs
}

/** Reads `daily`, `weekly` and `every_1d12h`; null for every other policy. */
function refreshIntervalMs(policy: string): number | null {
  const text = { daily: '1d', weekly: '1w' }[policy] ?? /^every_(.+)$/.exec(policy)?.[1]
  if (!text) return null
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0),
    0,
  )
}

async function findImage(docker: Docker, service: Service, wanted: string | undefined) {
  const [wantedId, named] = await Promise.all([
    wanted ? findImageId(docker, wanted) : null,
    docker.getImage(service.image).inspect().then(toNamedImage, ignoreUnknownImage),
  ])
  return { service, wantedId, named }
}

function toNamedImage({ Id, Metadata }: { Id: string; Metadata?: { LastTagTime?: string } }): NamedImage {
  return { id: Id, taggedAt: Date.parse(Metadata?.LastTagTime ?? '') || 0 }
}

async function requireImage(docker: Docker, image: string): Promise<string> {
  const id = await findImageId(docker, image)
  if (!id) throw Failure.of('image_missing', { image })
  return id
}

function refusePull({ name, image, pullPolicy }: Service): Failure {
  const reason = `it is not on this server, and the service ${name} has pull_policy: ${pullPolicy}`
  return Failure.of('pull_failed', { images: [image], reason })
}

function isOf(service: Service) {
  return (image: { service: Service }) => image.service === service
}
