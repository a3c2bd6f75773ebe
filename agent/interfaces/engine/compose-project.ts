// Describes the compose file of a work tree as compose resolves it.
import type { PublishedPort } from '../published-port.ts'

export interface Service {
  name: string
  /** True if the compose file has a build section for it. */
  isBuilt: boolean
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
}

export function releasedServices(project: ComposeProject): Service[] {
  return project.services.filter((service) => service.isReleased)
}

export function supportingServices(project: ComposeProject): Service[] {
  return project.services.filter((service) => !service.isReleased)
}
