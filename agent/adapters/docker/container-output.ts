// Waits for a container, and shows what it said last where it does not get well.
import type Docker from 'dockerode'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { stripControl } from '../host/output-lines.ts'

const maxLines = 12

/** Waits for a container; where it never gets well its last lines are noted. */
export async function waitOrLogOutput(
  docker: Docker,
  { id, container }: { id: string; container: string },
  wait: (id: string) => Promise<string>,
  { signal, note }: StepContext,
): Promise<string> {
  try {
    return `${container} ${await wait(id)}`
  } catch (thrown) {
    if (signal.aborted && !(signal.reason instanceof Failure && signal.reason.code === 'too_slow')) throw signal.reason
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const reason = signal.aborted ? `${why}, until its time was over` : why
    await note(`last lines of ${container}:`)
    for (const line of await lastLines(docker, id)) await note(`  ${line}`)
    throw Failure.of('unhealthy', { container, reason }, thrown)
  }
}

async function lastLines(docker: Docker, id: string): Promise<string[]> {
  const { Config } = await docker.getContainer(id).inspect()
  const raw = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: maxLines })
  return text(raw, Config.Tty).split('\n').map(stripControl).filter(Boolean).slice(-maxLines)
}

/** Without a terminal Docker frames its log: 8 bytes of header, of which the last four are the length. */
function text(raw: Buffer, tty: boolean): string {
  if (tty) return raw.toString()
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= raw.length; ) {
    const size = raw.readUInt32BE(at + 4)
    parts.push(raw.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  return Buffer.concat(parts).toString()
}
