// What a deploy needs of Docker and compose, in the deploy's words. The real one is adapters/engine/docker-engine.ts.
import type { ContainerStatus } from '../protocol/messages.ts'
import type { PublishedPort } from './published-port.ts'
import type { StepContext } from './step-context.ts'
import type { Route } from './traffic-gate.ts'

/** A service of the compose file as compose resolves it. */
export interface Service {
  name: string
  /** True where the compose file builds it. */
  isBuilt: boolean
  /** True for what is built and for what depends on it: swapped together, once all else is up. */
  isReleased: boolean
  /** The image reference that the compose file names and the container runs, as `bpt-server:latest`. */
  image: string
  /** The build section as compose resolves it; null where nothing is built. */
  build: Record<string, unknown> | null
  /** Compose's own hash of the configuration, which it writes on the container as a label. */
  configHash: string
  /** Containers that the compose file asks for. */
  replicas: number
  ports: PublishedPort[]
}

export interface ComposeProject {
  services: Service[]
  /** Labels that compose writes on all that it builds. */
  labels: Record<string, string>
  /** Files of the host that the services get as secrets. */
  secrets: string[]
  /** Names of networks that compose expects to exist. */
  networks: string[]
}

/** Service name to image id. */
export type ImageIds = Record<string, string>

/** What a build would be made from. */
export interface BuildInputs {
  /** Equal where a build gives the same, as far as it is for builds to give the same. */
  digest: string
  /** True while nothing of it was touched since. */
  isUnchanged(): Promise<boolean>
}

export interface BuildOptions {
  /** True for a build without the build cache. */
  noCache: boolean
  /** What `inputsDigest` said of it. */
  inputs: BuildInputs | null
}

export interface BuildResult {
  images: ImageIds
  /** The digest of what they were built from; null where that is not sure. */
  inputsDigest: string | null
}

/** Holds on to the engine while a step runs. */
export interface EngineConnection extends Disposable {
  /** True when the engine was heard to go away since; nobody asks it. */
  readonly ended: boolean
  /** True when the engine went away since, or does not answer now. */
  isLost(): Promise<boolean>
}

export interface Engine {
  /** Waits until the engine answers, at most until the signal aborts. */
  connect(signal: AbortSignal): Promise<EngineConnection>
  /** Takes away the tags of these revisions, as far as nothing runs from them; gives how many went. */
  removeTags(revisions: string[]): Promise<number>
  /** Shrinks the build cache to at most so many bytes. */
  trimBuildCache(bytes: number, signal?: AbortSignal): Promise<void>
  /** The directory in which the engine keeps its data. */
  dataDirectory(): Promise<string | null>
  /** Reads and checks the compose file in the work tree. */
  readProject(ctx: StepContext): Promise<ComposeProject>
  /** Refuses ports that the plan publishes anew and that are taken. */
  checkPorts(project: ComposeProject): Promise<void>
  /** What the images of the plan would be built from; null where it cannot be known for sure. */
  buildInputs(project: ComposeProject): Promise<BuildInputs | null>
  /** Builds what the plan builds, tagged with the full revision only. */
  build(project: ComposeProject, revision: string, how: BuildOptions, ctx: StepContext): Promise<BuildResult>
  /** True while all of these images are there. */
  hasImages(images: ImageIds): Promise<boolean>
  /** Names images by a revision. */
  tagRevision(project: ComposeProject, images: ImageIds, revision: string): Promise<void>
  /** Images of the containers of the built services as they run now. */
  runningImages(project: ComposeProject): Promise<ImageIds>
  /** Creates the networks that are missing; gives their names. */
  createNetworks(project: ComposeProject): Promise<string[]>
  /** Lets the references of the compose file name these images. */
  tagCurrent(project: ComposeProject, images: ImageIds): Promise<void>
  /** Lets these services run as the compose file says, and no others; builds nothing. */
  startServices(services: Service[], ctx: StepContext): Promise<void>
  /** Those of them whose containers are not what the compose file and its images say now, or do not run. */
  outdatedServices(services: Service[]): Promise<Service[]>
  /** Starts a second container of each that runs, which publishes no port, and waits for its answer, so many seconds
   * at most. */
  startStandbys(services: Service[], patience: number, ctx: StepContext): Promise<Route[]>
  /** Resolves when nobody is connected to the ports of these services any more, after `most` milliseconds at the latest. */
  waitForDrain(services: Service[], most: number): Promise<void>
  /** Makes beforehand, of their new containers, what can be made without touching what runs. */
  prepareContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Stops what runs of them and starts what should; what was stopped stays, to be put back, until `removeReplaced`. */
  replaceContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Resolves when all of them answer; a failure holds the container's last lines. */
  waitUntilReady(services: Service[], ctx: StepContext): Promise<void>
  /** Removes standbys and what was replaced, of an earlier life of the agent too. */
  removeReplaced(): Promise<void>
  /** Resolves when all are healthy, with a sentence's end on how; a failure holds the container's last lines. */
  waitUntilHealthy(services: Service[], ctx: StepContext): Promise<string>
  /** Removes the containers of these services and the references of what was built for them. */
  removeServices(services: Service[], ctx: StepContext): Promise<void>
  /** What runs of this stack, for people; at once. */
  listContainers(): Promise<ContainerStatus[]>
}

export function releasedServices(project: ComposeProject): Service[] {
  return project.services.filter((service) => service.isReleased)
}

export function supportingServices(project: ComposeProject): Service[] {
  return project.services.filter((service) => !service.isReleased)
}
