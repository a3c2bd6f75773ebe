// Explains why a container is not ready by what the kernel and Docker know: the ports on which its processes listen, and
// the cause of its last end.
import type Docker from 'dockerode'
import { NotReadyError, type Refusal } from '../../health/poll-container.ts'
import { explainSilentPort, type PortExplanation } from '../../network/container-listeners.ts'
import { ignoreNotFound } from '../images.ts'
import { endText, memoryHelp, memoryText, readLastEnd } from './last-end.ts'

export interface Explanations {
  explain(refusal: Refusal): Promise<string>
  isLocalOnly(port: number): Promise<boolean>
  /** @throws the failure of a wait, with its explanation and the setting that helps. */
  explainFailure(thrown: unknown): Promise<never>
}

export function createExplanations(docker: Docker, id: string, service: string): Explanations {
  const inspect = () => docker.getContainer(id).inspect().catch(ignoreNotFound)
  const setting = (key: string) => `swap.services.${service}.${key}`

  async function explainPort(port: number): Promise<PortExplanation | null> {
    const pid = (await inspect())?.State.Pid
    return pid ? explainSilentPort(pid, port) : null
  }

  async function explain({ reason, silentPort }: { reason: string; silentPort?: number | null | undefined }) {
    const explanation = silentPort ? await explainPort(silentPort) : null
    return explanation ? `${reason} (${explanation.text})`.replace(') (', '; ') : reason
  }

  /** Tells of processes that the kernel has killed, while the container itself runs on. */
  async function killedText(): Promise<string> {
    const info = await inspect()
    if (!info?.State.Running) return ''
    const { isOutOfMemory } = await readLastEnd(docker, info)
    return isOutOfMemory ? `; one of its processes was killed, ${memoryText(info)}` : ''
  }

  async function helpFor({ silentPort, refusedHost }: NotReadyError): Promise<string | null> {
    if (refusedHost !== null) return `Is that name allowed? (${setting('host')})`
    if (silentPort === null) return null
    if ((await explainPort(silentPort))?.isLocalOnly)
      return `Let it listen on 0.0.0.0. If the port need not answer: ${setting('ports')}`
    return `If it need not answer, name the ports that must: ${setting('ports')} in the configuration`
  }

  return {
    explain,
    isLocalOnly: async (port) => (await explainPort(port))?.isLocalOnly ?? false,

    async explainFailure(thrown) {
      if (!(thrown instanceof NotReadyError)) throw thrown
      const { hasEnded, silentPort, refusedHost, message } = thrown
      const info = hasEnded ? await inspect() : null
      if (info) {
        const end = await readLastEnd(docker, info)
        throw new NotReadyError(endText(info, end), { hasEnded, cause: thrown, help: memoryHelp(info, end) })
      }
      throw new NotReadyError(`${await explain({ reason: message, silentPort })}${await killedText()}`, {
        ...{ silentPort, refusedHost, cause: thrown },
        help: thrown.help ?? (await helpFor(thrown)),
      })
    },
  }
}
