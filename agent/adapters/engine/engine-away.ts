// Every call of an engine whose Docker cannot be reached fails as `docker_away`.
import type Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine.ts'
import { Failure } from '../../protocol/failure.ts'

export function reportDockerAway(engine: Engine, docker: Docker): Engine {
  const away = async (thrown: unknown): Promise<never> => {
    const found = composed(thrown) ? await unreached(docker) : thrown
    const code = found instanceof Error && 'code' in found ? String(found.code) : ''
    if (!(found instanceof Failure) && /^(ECONNREFUSED|ENOENT|EACCES|ECONNRESET|EPIPE)$/.test(code))
      throw Failure.of('docker_away', { reason: code }, found)
    throw thrown
  }
  return {
    readProject: (...args) => engine.readProject(...args).catch(away),
    checkPorts: (...args) => engine.checkPorts(...args).catch(away),
    buildInputs: (...args) => engine.buildInputs(...args).catch(away),
    build: (...args) => engine.build(...args).catch(away),
    connect: engine.connect,
    removeTags: (...args) => engine.removeTags(...args).catch(away),
    trimBuildCache: (...args) => engine.trimBuildCache(...args).catch(away),
    dataDirectory: () => engine.dataDirectory().catch(away),
    hasImages: (...args) => engine.hasImages(...args).catch(away),
    tagRevision: (...args) => engine.tagRevision(...args).catch(away),
    runningImages: (...args) => engine.runningImages(...args).catch(away),
    createNetworks: (...args) => engine.createNetworks(...args).catch(away),
    tagCurrent: (...args) => engine.tagCurrent(...args).catch(away),
    startServices: (...args) => engine.startServices(...args).catch(away),
    outdatedServices: (...args) => engine.outdatedServices(...args).catch(away),
    startStandbys: (...args) => engine.startStandbys(...args).catch(away),
    waitForDrain: engine.waitForDrain,
    prepareContainers: (...args) => engine.prepareContainers(...args).catch(away),
    replaceContainers: (...args) => engine.replaceContainers(...args).catch(away),
    waitUntilReady: (...args) => engine.waitUntilReady(...args).catch(away),
    removeReplaced: (...args) => engine.removeReplaced(...args).catch(away),
    waitUntilHealthy: (...args) => engine.waitUntilHealthy(...args).catch(away),
    removeServices: (...args) => engine.removeServices(...args).catch(away),
    listContainers: (...args) => engine.listContainers(...args).catch(away),
  }
}

/** Of a Docker that it does not reach compose tells by words alone. */
function composed(thrown: unknown): boolean {
  return thrown instanceof Failure && (thrown.code === 'build_failed' || thrown.code === 'up_failed')
}

/** What reaching for Docker throws, null where it answers. */
async function unreached(docker: Docker): Promise<unknown> {
  return docker.ping().then(
    () => null,
    (thrown: unknown) => thrown,
  )
}
