// Lets compose pull the images of services, and finds the registry's refusal in its output.
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { engineWords, findReason } from './compose-output.ts'

/** Runs compose with these arguments and passes each line of its output on. */
export type RunCompose = (
  args: string[],
  output: (line: string) => Promise<void>,
) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>

/** Compose repeats a line with a progress bar for each part of a layer. */
const progressBar = /^\s*(\S+) (Downloading|Extracting|Verifying Checksum|Waiting|Pulling fs layer)\b/

const maxLastLines = 20

/** @throws pull_failed; compose ends the other pulls. */
export async function pullServices(
  services: Service[],
  runCompose: RunCompose,
  { output, signal }: Pick<StepContext, 'output' | 'signal'>,
): Promise<void> {
  const refusals = new Map<Service, string>()
  const seenBars = new Set<string>()
  const lastLines: string[] = []
  const readLine = async (line: string) => {
    const [bar] = progressBar.exec(line) ?? []
    if (bar && seenBars.has(bar)) return
    if (bar) seenBars.add(bar)
    // Progress is indented; of the rest only the last lines tell the reason.
    if (/^\S/.test(line)) lastLines.push(line)
    if (lastLines.length > maxLastLines) lastLines.shift()
    const [, name, reason] = /^\s*(?:Image )?(\S+) Error (.+)$/.exec(line) ?? []
    const refused = services.find((service) => service.name === name || service.image === name)
    if (refused && reason && !/context canceled/.test(reason)) refusals.set(refused, reason)
    return output(line)
  }
  const { code, signal: killedBy } = await runCompose(['pull', ...services.map(({ name }) => name)], readLine)
  if (code === 0) return
  signal.throwIfAborted()
  const refused = refusals.size > 0 ? [...refusals.keys()] : services
  const reasons = refusals.size > 0 ? [...refusals.values()] : [findReason(lastLines) ?? `exit ${code ?? killedBy}`]
  throw Failure.of('pull_failed', {
    images: [...new Set(refused.map(({ image }) => image))],
    reason: [...new Set(reasons.map(engineWords))].join('; '),
  })
}
