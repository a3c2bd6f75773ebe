import type { ComposeProject, Service } from '../../../agent/interfaces/engine/compose-project.ts'

/** Creates a service with a build section. @param properties replace the defaults. */
export function createService(name: string, properties: Partial<Service> = {}): Service {
  return {
    ...{
      name,
      isBuilt: true,
      builtBy: properties.isBuilt === false ? null : name,
      pullPolicy: '',
      isReleased: true,
      image: name,
      build: {},
      configHash: '',
      replicas: 1,
      ports: [],
      addresses: [],
      contents: [],
    },
    ...properties,
  }
}

/** Parts of a project without dependencies. */
export const noPlanFacts: Pick<ComposeProject, 'dependencies' | 'planFacts'> = {
  dependencies: {},
  planFacts: { digest: '', obstacles: [], startHooks: [], hasInlineContents: false, mountsImages: false },
}

export function createProject(services: Service[]): ComposeProject {
  return { name: 'shop', services, labels: {}, secrets: [], networks: [], ...noPlanFacts }
}
