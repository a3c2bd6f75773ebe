// Lets compose pull the images of services, and finds the registry's refusal in its output.
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'

/** Runs compose with these arguments and passes each line of its output on. */
export type RunCompose = (
  args: string[],
  output: (line: string) => Promise<void>,
) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>

/** Compose repeats a line with a progress bar for each part of a layer. */
const progressBar = /^\s*(\S+) (Downloading|Extracting|Verifying Checksum|Waiting|Pulling fs layer)\b/

/** @throws pull_failed; compose ends the other pulls. */
export async function pullServices(
  services: Service[],
  runCompose: RunCompose,
  { output, signal }: Pick<StepContext, 'output' | 'signal'>,
): Promise<void> {
  const refusals = new Map<Service, string>()
  const seenBars = new Set<string>()
  let lastLine = ''
  const readLine = async (line: string) => {
    const [bar] = progressBar.exec(line) ?? []
    if (bar && seenBars.has(bar)) return
    if (bar) seenBars.add(bar)
    if (line.trim()) lastLine = line.trim()
    const [, name, reason] = /^\s*(?:Image )?(\S+) Error (.+)$/.exec(line) ?? []
    const refused = services.find((service) => service.name === name || service.image === name)
    if (refused && reason && !/context canceled/.test(reason)) refusals.set(refused, reason)
    return output(line)
  }
  const { code, signal: killedBy } = await runCompose(['pull', ...services.map(({ name }) => name)], readLine)
  if (code === 0) return
  signal.throwIfAborted()
  const refused = refusals.size > 0 ? [...refusals.keys()] : services
  const reasons = refusals.size > 0 ? [...refusals.values()] : [lastLine || `exit ${code ?? killedBy}`]
  throw Failure.of('pull_failed', {
    images: [...new Set(refused.map(({ image }) => image))],
    services: refused.map(({ name }) => name),
    reason: [...new Set(reasons.map(withoutSource))].join('; '),
  })
}

/** Removes the words with which docker introduces an error of the engine. */
function withoutSource(reason: string): string {
  return reason.replace(/^Error response from daemon: /, '')
}
