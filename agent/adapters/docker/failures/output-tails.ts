// Keeps the last output of containers whose logging driver keeps nothing (`logging: driver: none`): it is read while the
// container runs, since afterwards nobody knows it.
import type Docker from 'dockerode'
import type { ContainerInspectInfo, HostConfig } from 'dockerode'
import { decodeFrames, splitFrames } from '../../health/decode-frames.ts'
import { splitLastLines } from './last-lines.ts'

/** More text than the last lines of a failure need. */
const maxTextChars = 16_384

/** The parts of an inspected container that say if its output is kept, and its form. */
interface OutputSettings {
  Id: string
  HostConfig: Pick<HostConfig, 'LogConfig'>
  Config: Pick<ContainerInspectInfo['Config'], 'Tty'>
}

interface OutputTail extends Disposable {
  text(): string
}

export class OutputTails {
  readonly #docker: Docker
  /** Ids of containers without a log, and true for those with a terminal. */
  readonly #unlogged = new Map<string, boolean>()
  readonly #tails = new Map<string, OutputTail>()

  constructor(docker: Docker) {
    this.#docker = docker
  }

  /** Has to know a container before its start. */
  remember({ Id, HostConfig, Config }: OutputSettings): void {
    if (HostConfig.LogConfig?.Type === 'none') this.#unlogged.set(Id, Config.Tty)
  }

  /** Begins to read the output of a container that is about to start, if it will have no log. */
  async attach(id: string): Promise<void> {
    const hasTerminal = this.#unlogged.get(id)
    if (hasTerminal === undefined) return
    this.release(id)
    this.#tails.set(id, await readTail(this.#docker, id, hasTerminal))
  }

  /** Returns the last lines; null if the output was not read. */
  lastLines(id: string): string[] | null {
    const tail = this.#tails.get(id)
    return tail ? splitLastLines(tail.text()) : null
  }

  /** Reads no further. */
  release(id: string): void {
    this.#tails.get(id)?.[Symbol.dispose]()
    this.#tails.delete(id)
  }
}

async function readTail(docker: Docker, id: string, hasTerminal: boolean): Promise<OutputTail> {
  const stream = await docker.getContainer(id).attach({ stream: true, stdout: true, stderr: true })
  let text = ''
  let rest = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    const received = Buffer.concat([rest, chunk])
    const { whole, incomplete } = hasTerminal ? { whole: received, incomplete: Buffer.alloc(0) } : splitFrames(received)
    rest = Buffer.from(incomplete)
    text = (text + (hasTerminal ? whole.toString() : decodeFrames(whole))).slice(-maxTextChars)
  })
  stream.on('error', () => {})
  return {
    text: () => text,
    [Symbol.dispose]: () => {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}
