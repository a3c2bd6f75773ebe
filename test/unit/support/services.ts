import type { Service } from '../../../agent/interfaces/engine/compose-project.ts'

/** A service that is built, with what else is said of it. */
export function createService(name: string, more: Partial<Service> = {}): Service {
  return {
    ...{ name, isBuilt: true, isReleased: true, image: name, build: {}, configHash: '', replicas: 1, ports: [] },
    ...more,
  }
}
