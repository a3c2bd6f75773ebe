// Waits for a container and logs the container's last lines of output if the wait fails.
import type Docker from 'dockerode'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { stripControl } from '../host/output-lines.ts'

const maxLines = 12

/**
 * Resolves with the container's name and what `wait` returns.
 * @throws unhealthy, after the container's last lines were noted in the deploy log.
 */
export async function waitOrLogOutput(
  docker: Docker,
  { id, container }: { id: string; container: string },
  wait: (id: string) => Promise<string>,
  { signal, note }: StepContext,
): Promise<string> {
  try {
    return `${container} ${await wait(id)}`
  } catch (thrown) {
    const isTimeLimit = signal.reason instanceof Failure && signal.reason.code === 'too_slow'
    if (signal.aborted && !isTimeLimit) throw signal.reason
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    await noteLastLines(docker, { id, container }, note)
    throw Failure.of(
      'unhealthy',
      { container, reason: isTimeLimit ? `${reason}, until the time limit was reached` : reason },
      thrown,
    )
  }
}

async function noteLastLines(
  docker: Docker,
  { id, container }: { id: string; container: string },
  note: StepContext['note'],
): Promise<void> {
  const lines = await readLastLines(docker, id)
  if (lines.length === 0) return note(`${container} printed nothing`)
  await note(`last lines of ${container}:`)
  for (const line of lines) await note(`  ${line}`)
}

async function readLastLines(docker: Docker, id: string): Promise<string[]> {
  const { Config } = await docker.getContainer(id).inspect()
  const log = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: maxLines })
  const text = Config.Tty ? log.toString() : decodeFrames(log)
  return text.split('\n').map(stripControl).filter(Boolean).slice(-maxLines)
}

/**
 * Reads the text of a log in frames, as Docker sends it for a container without a terminal: 8 bytes of header, of which
 * the last 4 are the length. Docker Engine API, "Stream format" of `POST /containers/{id}/attach`.
 */
function decodeFrames(log: Buffer): string {
  const parts: Buffer[] = []
  for (let start = 0; start + 8 <= log.length; ) {
    const size = log.readUInt32BE(start + 4)
    parts.push(log.subarray(start + 8, start + 8 + size))
    start += 8 + size
  }
  return Buffer.concat(parts).toString()
}
