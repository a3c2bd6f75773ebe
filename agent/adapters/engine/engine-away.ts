// Every call of an engine whose Docker cannot be reached fails as `docker_away`.
import type Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine.ts'
import { Failure } from '../../protocol/failure.ts'

export function reachable(engine: Engine, docker: Docker): Engine {
  const away = async (thrown: unknown): Promise<never> => {
    const found = composed(thrown) ? await unreached(docker) : thrown
    const code = found instanceof Error && 'code' in found ? String(found.code) : ''
    if (!(found instanceof Failure) && /^(ECONNREFUSED|ENOENT|EACCES|ECONNRESET|EPIPE)$/.test(code))
      throw Failure.of('docker_away', { reason: code }, found)
    throw thrown
  }
  return {
    plan: (...args) => engine.plan(...args).catch(away),
    claim: (...args) => engine.claim(...args).catch(away),
    inputs: (...args) => engine.inputs(...args).catch(away),
    build: (...args) => engine.build(...args).catch(away),
    tie: engine.tie,
    forget: (...args) => engine.forget(...args).catch(away),
    trim: (...args) => engine.trim(...args).catch(away),
    home: () => engine.home().catch(away),
    has: (...args) => engine.has(...args).catch(away),
    tag: (...args) => engine.tag(...args).catch(away),
    running: (...args) => engine.running(...args).catch(away),
    network: (...args) => engine.network(...args).catch(away),
    point: (...args) => engine.point(...args).catch(away),
    up: (...args) => engine.up(...args).catch(away),
    stale: (...args) => engine.stale(...args).catch(away),
    understudies: (...args) => engine.understudies(...args).catch(away),
    quiet: engine.quiet,
    prepare: (...args) => engine.prepare(...args).catch(away),
    exchange: (...args) => engine.exchange(...args).catch(away),
    ready: (...args) => engine.ready(...args).catch(away),
    settle: (...args) => engine.settle(...args).catch(away),
    healthy: (...args) => engine.healthy(...args).catch(away),
    remove: (...args) => engine.remove(...args).catch(away),
    containers: (...args) => engine.containers(...args).catch(away),
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
