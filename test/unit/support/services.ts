import type { Service } from '../../../agent/interfaces/engine.ts'

/** A service that is built, with what else is said of it. */
export function service(name: string, more: Partial<Service> = {}): Service {
  return {
    ...{ name, built: true, released: true, image: name, build: {}, hash: '', replicas: 1, ports: [] },
    ...more,
  }
}
