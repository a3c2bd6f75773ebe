// Waits for a container and logs the container's last lines of output if the wait fails.
import type Docker from 'dockerode'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { decodeFrames } from '../health/decode-frames.ts'
import { NotReadyError } from '../health/poll-container.ts'
import { splitLastLines } from './failures/last-lines.ts'
import { findForeignAct } from './foreign-act.ts'
import { isAnswer } from './images.ts'
import { refusalMessage } from './refusal-message.ts'

/** So many lines are read: the last ones may be those of an access log. */
const maxReadLines = 300

interface AwaitedOutput {
  id: string
  /** The name of the container for people. */
  container: string
  isJob?: boolean
  /** Returns the last lines of a container whose log cannot be read; null if they were not kept. */
  keptLines?: (() => string[] | null) | undefined
}

/**
 * Resolves with the container's name and what `wait` returns.
 * @throws unhealthy, after the container's last lines were noted in the deploy log; disturbed, if somebody else has
 * stopped, removed or restarted the container.
 */
export async function waitOrLogOutput(
  docker: Docker,
  { id, container, isJob = false, keptLines }: AwaitedOutput,
  wait: (id: string) => Promise<string>,
  { signal, note }: StepContext,
): Promise<string> {
  const since = Date.now()
  try {
    return `${container} ${await wait(id)}`
  } catch (thrown) {
    const isTimeLimit = signal.reason instanceof Failure && signal.reason.code === 'too_slow'
    if (signal.aborted && !isTimeLimit) throw signal.reason
    if (isConnectionError(thrown)) throw thrown
    const act = isAnswer(thrown, 404) ? 'removed' : await findForeignAct(docker, id, since)
    if (act && !isTimeLimit) throw Failure.of('disturbed', { container, act }, thrown)
    const reason = act === 'removed' ? 'it was removed meanwhile' : thrownText(thrown)
    await noteLastLines(docker, { id, container, keptLines }, note)
    throw Failure.of(
      'unhealthy',
      {
        container,
        isJob,
        reason: isTimeLimit ? `${reason}, until the time limit was reached` : reason,
        help: thrown instanceof NotReadyError ? thrown.help : null,
      },
      thrown,
    )
  }
}

async function noteLastLines(
  docker: Docker,
  { id, container, keptLines = () => null }: AwaitedOutput,
  note: StepContext['note'],
): Promise<void> {
  const lines = await readLastLines(docker, id).catch((thrown: unknown) => {
    const refusal = refusalMessage(thrown)
    if (refusal === null) throw thrown
    return keptLines() ?? refusal
  })
  // A logging driver such as `none` keeps nothing to read: the reason of the failure counts more than the log.
  if (typeof lines === 'string') return note(`the log of ${container} cannot be read: ${lines}`)
  if (lines.length === 0) return note(`${container} printed nothing`)
  // All at once: several containers may fail together, and their lines must not be mixed.
  await Promise.all([`last lines of ${container}:`, ...lines.map((line) => `  ${line}`)].map(note))
}

/** Reads the lines that a container printed last. */
export async function readLastLines(docker: Docker, id: string): Promise<string[]> {
  const { Config } = await docker.getContainer(id).inspect()
  const log = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: maxReadLines })
  return splitLastLines(Config.Tty ? log.toString() : decodeFrames(log))
}

/** True for an error of the connection to Docker, which is no reason against a container. */
function isConnectionError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^E[A-Z]+$/.test(String(thrown.code))
}

function thrownText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
