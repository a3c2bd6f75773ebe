// Reads from Docker's event log how a container ended last: while it runs again, its inspection no longer tells.
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'

export interface LastEnd {
  /** Null if the event log does not tell it. */
  exitCode: number | null
  /** True if the kernel has killed a process of the container for memory, in the life that ended last or in this one. */
  isOutOfMemory: boolean
}

/** The parts of an event of Docker. */
interface ContainerEvent {
  Action?: string
  Actor?: { Attributes?: { exitCode?: string } }
}

/** 128 and the number of SIGKILL. */
const exitOfKilled = 137

const megabyteBytes = 1024 * 1024

export async function readLastEnd(docker: Docker, { Id, Created, State }: ContainerInspectInfo): Promise<LastEnd> {
  const filters = JSON.stringify({ container: [Id], event: ['start', 'oom', 'die'] })
  const since = Math.floor(Date.parse(Created) / 1000)
  const log = await text(await docker.getEvents({ since, until: Date.now() / 1000, filters }))
  const end = summarizeEvents(
    log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  )
  const inspected = State.Running || State.Restarting ? null : State.ExitCode
  return { exitCode: inspected ?? end.exitCode, isOutOfMemory: State.OOMKilled || end.isOutOfMemory }
}

/** @param events in their order. */
export function summarizeEvents(events: ContainerEvent[]): LastEnd {
  let exitCode: number | null = null
  let isOutOfMemory = false
  /** True from an end on until the next event tells of the life after it. */
  let hasEnded = false
  for (const { Action, Actor } of events) {
    if (Action === 'oom') {
      isOutOfMemory = true
      hasEnded = false
    }
    if (Action !== 'die') continue
    // A life that ended without `oom` before it has another cause than the one before.
    if (hasEnded) isOutOfMemory = false
    exitCode = Number(Actor?.Attributes?.exitCode ?? Number.NaN)
    hasEnded = true
  }
  return { exitCode: Number.isNaN(exitCode) ? null : exitCode, isOutOfMemory }
}

/** Writes `it ended with exit 3` or `it ended 4 times, last with exit 137, out of memory: its limit is 64 MB`. */
export function endText(info: ContainerInspectInfo, { exitCode, isOutOfMemory }: LastEnd): string {
  const { RestartCount } = info
  const times = RestartCount > 1 ? ` ${RestartCount} times` : ''
  if (exitCode === null) return `it ended${times || ' once'}`
  const exit = `it ended${times}${times ? ', last' : ''} with exit ${exitCode}`
  if (isOutOfMemory) return `${exit}, ${memoryText(info)}`
  if (exitCode !== exitOfKilled) return exit
  return `${exit}, killed by a signal${info.HostConfig.Memory ? `, perhaps for memory: ${limitText(info)}` : ''}`
}

/** Writes `out of memory: its limit is 64 MB`. */
export function memoryText(info: ContainerInspectInfo): string {
  return `out of memory${info.HostConfig.Memory ? `: ${limitText(info)}` : ', which the server itself lacks'}`
}

/** Names where to change the limit; null if memory is not the cause. */
export function memoryHelp({ HostConfig }: ContainerInspectInfo, { isOutOfMemory }: LastEnd): string | null {
  if (!isOutOfMemory) return null
  return HostConfig.Memory
    ? 'Raise it in the compose file: mem_limit, or deploy.resources.limits.memory'
    : "Look: journalctl -k --grep 'out of memory'"
}

function limitText({ HostConfig }: ContainerInspectInfo): string {
  return `its limit is ${Math.round((HostConfig.Memory ?? 0) / megabyteBytes)} MB`
}
