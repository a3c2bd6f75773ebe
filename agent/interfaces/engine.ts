// What a deploy needs of Docker and compose, in the deploy's words. The real one is adapters/engine/docker-engine.ts.
import type { Container } from '../protocol/messages.ts'
import type { Port } from './published-port.ts'
import type { Hand } from './step-context.ts'
import type { Route } from './traffic-gate.ts'

/** A service of the compose file as compose resolves it. */
export interface Service {
  name: string
  /** True where the compose file builds it. */
  built: boolean
  /** True for what is built and for what depends on it: swapped together, once all else is up. */
  released: boolean
  /** The image reference that the compose file names and the container runs, as `bpt-server:latest`. */
  image: string
  /** The build section as compose resolves it; null where nothing is built. */
  build: Record<string, unknown> | null
  /** Compose's own hash of the configuration, which it writes on the container as a label. */
  hash: string
  /** Containers that the compose file asks for. */
  replicas: number
  ports: Port[]
}

export interface Plan {
  services: Service[]
  /** Labels that compose writes on all that it builds. */
  marks: Record<string, string>
  /** Files of the host that the services get as secrets. */
  secrets: string[]
  /** Names of networks that compose expects to exist. */
  networks: string[]
}

/** Service name to image id. */
export type Images = Record<string, string>

/** What a build would be made from. */
export interface Inputs {
  /** Equal where a build gives the same, as far as it is for builds to give the same. */
  digest: string
  /** True while nothing of it was touched since. */
  untouched(): Promise<boolean>
}

export interface Build {
  /** True for a build without the build cache. */
  anew: boolean
  /** What `inputs` said of it. */
  inputs: Inputs | null
}

export interface Built {
  images: Images
  /** The digest of what they were built from; null where that is not sure. */
  inputs: string | null
}

/** Holds on to the engine while a step runs. */
export interface Tie extends Disposable {
  /** True when the engine was heard to go away since; nobody asks it. */
  readonly ended: boolean
  /** True when the engine went away since, or does not answer now. */
  lost(): Promise<boolean>
}

export interface Engine {
  /** Waits until the engine answers, at most until the signal aborts. */
  tie(signal: AbortSignal): Promise<Tie>
  /** Takes away the tags of these revisions, as far as nothing runs from them; gives how many went. */
  forget(revisions: string[]): Promise<number>
  /** Shrinks the build cache to at most so many bytes. */
  trim(bytes: number, signal?: AbortSignal): Promise<void>
  /** The directory in which the engine keeps its data. */
  home(): Promise<string | null>
  /** Reads and checks the compose file in the work tree. */
  plan(hand: Hand): Promise<Plan>
  /** Refuses ports that the plan publishes anew and that are taken. */
  claim(plan: Plan): Promise<void>
  /** What the images of the plan would be built from; null where it cannot be known for sure. */
  inputs(plan: Plan): Promise<Inputs | null>
  /** Builds what the plan builds, tagged with the full revision only. */
  build(plan: Plan, revision: string, how: Build, hand: Hand): Promise<Built>
  /** True while all of these images are there. */
  has(images: Images): Promise<boolean>
  /** Names images by a revision. */
  tag(plan: Plan, images: Images, revision: string): Promise<void>
  /** Images of the containers of the built services as they run now. */
  running(plan: Plan): Promise<Images>
  /** Creates the networks that are missing; gives their names. */
  network(plan: Plan): Promise<string[]>
  /** Lets the references of the compose file name these images. */
  point(plan: Plan, images: Images): Promise<void>
  /** Lets these services run as the compose file says, and no others; builds nothing. */
  up(services: Service[], hand: Hand): Promise<void>
  /** Those of them whose containers are not what the compose file and its images say now, or do not run. */
  stale(services: Service[]): Promise<Service[]>
  /** Starts a second container of each that runs, which publishes no port, and waits for its answer, so many seconds
   * at most. */
  understudies(services: Service[], patience: number, hand: Hand): Promise<Route[]>
  /** Resolves when nobody is connected to the ports of these services any more, after `most` milliseconds at the latest. */
  quiet(services: Service[], most: number): Promise<void>
  /** Makes beforehand, of their new containers, what can be made without touching what runs. */
  prepare(services: Service[], hand: Hand): Promise<void>
  /** Stops what runs of them and starts what should; what was stopped stays, to be put back, until `settle`. */
  exchange(services: Service[], hand: Hand): Promise<void>
  /** Resolves when all of them answer; a failure holds the container's last lines. */
  ready(services: Service[], hand: Hand): Promise<void>
  /** Removes understudies and what was replaced, of an earlier life of the agent too. */
  settle(): Promise<void>
  /** Resolves when all are healthy, with a sentence's end on how; a failure holds the container's last lines. */
  healthy(services: Service[], hand: Hand): Promise<string>
  /** Removes the containers of these services and the references of what was built for them. */
  remove(services: Service[], hand: Hand): Promise<void>
  /** What runs of this stack, for people; at once. */
  containers(): Promise<Container[]>
}

export function released(plan: Plan): Service[] {
  return plan.services.filter((service) => service.released)
}

export function supporting(plan: Plan): Service[] {
  return plan.services.filter((service) => !service.released)
}
