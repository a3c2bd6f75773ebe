// Reads starts, ends and failing health checks from Docker's event stream. An end that somebody has requested follows an
// event `kill` with the stop signal of the container.
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type Docker from 'dockerode'
import * as v from 'valibot'
import type { ContainerIncident } from '../../../interfaces/engine/container-observer.ts'
import { stopSignalOf } from '../foreign-act.ts'
import { ignoreNotFound } from '../images.ts'

const eventNames = ['start', 'die', 'kill', 'oom', 'health_status']

/** Docker writes the attributes of all events as texts. */
const dockerEvent = v.object({
  Action: v.string(),
  timeNano: v.number(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
})

export type DockerEvent = v.InferOutput<typeof dockerEvent>

/** Resolves when the signal aborts or the engine goes away. */
export async function followIncidents(
  docker: Docker,
  project: string,
  since: number,
  report: (incident: ContainerIncident) => void,
  signal: AbortSignal,
): Promise<void> {
  const label = [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False']
  const filters = JSON.stringify({ type: ['container'], event: eventNames, label })
  const reader = new IncidentReader(await readStopSignals(docker, label))
  // Asked for last: the end of a stream to which nobody listens yet would be missed.
  const stream = await docker.getEvents({ since: since / 1000, filters })
  const lines = createInterface({ input: stream })
  const end = () => lines.close()
  // Both tell of an engine that goes away: the lines while they are open, the stream after that.
  lines.on('error', end)
  stream.on('error', end)
  signal.addEventListener('abort', end, { once: true })
  lines.on('line', (line) => {
    const event = parseEvent(line)
    const incident = event && reader.read(event)
    if (incident) report(incident)
  })
  if (!signal.aborted) await new Promise((resolve) => lines.once('close', resolve))
  signal.removeEventListener('abort', end)
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
}

/** Returns null for a line that is no event: an engine that goes away may leave a part of one. */
export function parseEvent(line: string): DockerEvent | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), dockerEvent), line)
  return result.success ? result.output : null
}

async function readStopSignals(docker: Docker, label: string[]): Promise<Map<string, number>> {
  const listed = await docker.listContainers({ all: true, filters: { label } })
  const signals = listed.map(async ({ Id }) => {
    const info = await docker.getContainer(Id).inspect().catch(ignoreNotFound)
    return info ? [[Id, stopSignalOf(info.Config)] as const] : []
  })
  return new Map((await Promise.all(signals)).flat())
}

/** Joins the events of each container to incidents. */
export class IncidentReader {
  readonly #stopSignals: ReadonlyMap<string, number>
  /** The signals that containers got by requests since their last start. */
  readonly #signals = new Map<string, number[]>()
  readonly #outOfMemory = new Set<string>()

  /** @param stopSignals by the ids of the containers; others stop by SIGTERM. */
  constructor(stopSignals: ReadonlyMap<string, number>) {
    this.#stopSignals = stopSignals
  }

  read({ Action, timeNano, Actor: { ID: id, Attributes } }: DockerEvent): ContainerIncident | null {
    const at = Math.floor(timeNano / 1e6)
    switch (Action) {
      case 'start':
        this.#signals.delete(id)
        this.#outOfMemory.delete(id)
        return { kind: 'started', id, at }
      case 'kill':
        this.#signals.set(id, [...(this.#signals.get(id) ?? []), Number(Attributes.signal)])
        return null
      case 'oom':
        this.#outOfMemory.add(id)
        return null
      case 'die': {
        const exitCode = Number(Attributes.exitCode)
        const isRequested = this.#signals.get(id)?.some((signal) => this.#ends(id, signal, exitCode)) ?? false
        return { kind: 'ended', id, at, exitCode, isOutOfMemory: this.#outOfMemory.has(id), isRequested }
      }
      case 'health_status: unhealthy':
        return { kind: 'unhealthy', id, at }
      default:
        return null
    }
  }

  /** True if the signal has ended the container: others, such as SIGHUP, let many programs only reload. */
  #ends(id: string, signal: number, exitCode: number): boolean {
    const { SIGTERM, SIGKILL } = constants.signals
    return signal === SIGKILL || signal === (this.#stopSignals.get(id) ?? SIGTERM) || exitCode === 128 + signal
  }
}
