// Describes the compose file of a work tree as compose resolves it.
import type { PublishedPort } from '../published-port.ts'
import type { Dependencies } from './compose-plan.ts'
import type { UsedContent } from './used-content.ts'

export interface Service {
  name: string
  /** True if the compose file has a build section for it. */
  isBuilt: boolean
  /** The service whose build section makes the image, often the service itself; null for an image that nothing builds. */
  builtBy: string | null
  /** The condition for a pull, as compose knows it (`always`, `never` ...); empty for compose's default. */
  pullPolicy: string
  /** True for a built service and for each that depends on one; the swap replaces these, after all others are up. */
  isReleased: boolean
  /** The image reference that the compose file names and the container runs, as `bpt-server:latest`. */
  image: string
  /** The build section as compose resolves it; null if nothing is built. */
  build: Record<string, unknown> | null
  /** Compose's own hash of the configuration, which it writes on the container as a label. */
  configHash: string
  /** Number of containers that the compose file asks for. */
  replicas: number
  ports: PublishedPort[]
  /** Addresses of this server on which it publishes ports, TCP or UDP; not those that mean all addresses. */
  addresses: string[]
  /** Contents that it uses and that `configHash` does not cover. */
  contents: UsedContent[]
}

export interface ComposeProject {
  /** Compose labels containers, networks and volumes with it; another project may run from the same folder. */
  name: string
  services: Service[]
  /** Labels that compose writes on each image that it builds. */
  labels: Record<string, string>
  /** Files of the host that the services get as secrets. */
  secrets: string[]
  /** Names of the external networks, which compose does not create. */
  networks: string[]
  /** The services that each service depends on. */
  dependencies: Dependencies
  planFacts: PlanFacts
}

/** Facts on which a record of compose's changes depends. */
export interface PlanFacts {
  /** Changes with every part of the resolved compose file. */
  digest: string
  /** Settings for which only compose itself can make a change, such as `web has post_start`. */
  obstacles: string[]
  /** Services whose start runs commands of the compose file, such as post_start: only compose starts their containers. */
  startHooks: string[]
  /** True if a secret or a configuration has its content from a variable or from the compose file itself. */
  hasInlineContents: boolean
  /** True if a service mounts an image, whose id compose then looks at as well. */
  mountsImages: boolean
}
