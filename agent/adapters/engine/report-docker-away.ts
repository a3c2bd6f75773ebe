// Makes an unreachable Docker a failure of its own, `docker_away`, whatever the caller asked for.
import { Failure } from '../../protocol/failure.ts'
import { isSocketError } from '../../protocol/failures/describe-error.ts'

/**
 * Wraps every method of an interface: a call that fails because Docker cannot be reached rejects with `docker_away`.
 * @param ping rejects while Docker cannot be reached.
 */
export function reportDockerAway<
  Interface extends { [Method in keyof Interface]: (...args: Parameters<Interface[Method]>) => Promise<unknown> },
>(adapter: Interface, ping: () => Promise<unknown>): Interface {
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(method, target, args)
        } catch (thrown) {
          throw await explainFailure(thrown, ping)
        }
      }
    },
  })
}

async function explainFailure(thrown: unknown, ping: () => Promise<unknown>): Promise<unknown> {
  const cause = isComposeFailure(thrown) ? await pingError(ping) : thrown
  if (!(cause instanceof Error) || cause instanceof Failure) return thrown
  const { code = '', syscall = '' }: NodeJS.ErrnoException = cause
  return isSocketError(code, syscall) ? Failure.of('docker_away', { reason: code }, cause) : thrown
}

/** True for a failure of compose: only its exit and its words say that it did not reach Docker. */
function isComposeFailure(thrown: unknown): boolean {
  return thrown instanceof Failure && ['build_failed', 'pull_failed', 'plan_refused', 'up_failed'].includes(thrown.code)
}

async function pingError(ping: () => Promise<unknown>): Promise<unknown> {
  try {
    await ping()
    return null
  } catch (thrown) {
    return thrown
  }
}
