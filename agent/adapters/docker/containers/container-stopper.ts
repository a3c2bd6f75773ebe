// Stops containers, tells of those that Docker had to kill, and ends those that are still shutting down.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { gotStopSignal } from '../foreign-act.ts'
import { ignoreNotFound, isAnswer } from '../images.ts'
import { permanentName } from '../stack-containers.ts'
import { nameOf } from './stack-snapshot.ts'

/** Docker's grace period of a container that configures none. moby, container/container.go */
const defaultGraceSeconds = 10

/** 128 and the number of SIGKILL. */
const exitOfKilled = 137

/** Docker's timer may be a little faster than ours. */
const toleranceMs = 500

export class ContainerStopper {
  readonly #docker: Docker
  /** Ids of containers that got a signal and whose end was not awaited. */
  readonly #abandoned = new Set<string>()

  constructor(docker: Docker) {
    this.#docker = docker
  }

  /** Stops a container within its own grace period, however long that is: only the signal ends the wait. */
  async stop(id: string, { signal, note }: StepContext): Promise<void> {
    const container = this.#docker.getContainer(id)
    const startedAt = performance.now()
    this.#abandoned.add(id)
    await container.stop({ abortSignal: signal }).catch((thrown: unknown) => {
      signal.throwIfAborted()
      if (!isAnswer(thrown, 304) && !isAnswer(thrown, 404)) throw thrown
    })
    this.#abandoned.delete(id)
    const elapsedMs = performance.now() - startedAt
    // Docker counts grace periods in seconds; without one it was asked to kill.
    if (elapsedMs + toleranceMs < 1_000) return
    const info = await container.inspect().catch(ignoreNotFound)
    const graceSeconds = info ? graceSecondsOf(info) : 0
    if (info?.State.ExitCode !== exitOfKilled || elapsedMs + toleranceMs < graceSeconds * 1000) return
    const name = permanentName(nameOf(info))
    await note(`${name} did not stop within ${graceSeconds} s, so Docker killed it: does it handle SIGTERM?`)
  }

  /** Kills a container that shuts down: it serves no longer, and Docker would take it for a running one. */
  async endStopping(id: string): Promise<void> {
    const container = this.#docker.getContainer(id)
    const info = await container.inspect()
    if (!info.State.Running || !(this.#abandoned.has(id) || (await gotStopSignal(this.#docker, info)))) return
    await container.kill().catch((thrown: unknown) => {
      // It has ended by itself meanwhile.
      if (!isAnswer(thrown, 409)) throw thrown
    })
    await container.wait({ condition: 'not-running' })
    this.#abandoned.delete(id)
  }
}

function graceSecondsOf({ Config }: ContainerInspectInfo): number {
  const { StopTimeout }: typeof Config & { StopTimeout?: number | null } = Config
  return StopTimeout ?? defaultGraceSeconds
}
