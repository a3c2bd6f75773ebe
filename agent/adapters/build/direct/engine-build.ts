// Builds by the engine's own API: what compose and its builder add to it takes longer than the build of a changed line.
import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'
import type { StepContext } from '../../../interfaces/step-context.ts'
import type { DirectRecipe } from '../inputs/direct-recipe.ts'
import { UncertainInputs } from '../inputs/uncertain-inputs.ts'
import { BuildEventDecoder } from './build-events.ts'
import { type BuildStatus, decodeStatus } from './buildkit-status.ts'
import { ProgressFormatter } from './progress-formatter.ts'

export interface EngineBuildOptions {
  /** What the image is called. */
  tag: string
  labels: Record<string, string>
  noCache: boolean
}

/** What the engine ended a build with. */
export class BuildError extends Error {}

/**
 * Gives the id of the image.
 * @param context a tar archive of the recipe's paths.
 * @throws BuildError that says why nothing was built; Unknowable where it is not known what became of it; the engine's
 * refusal, with a `statusCode`, where it takes no such call; the signal's reason.
 */
export async function buildByEngine(
  docker: Docker,
  { service, dockerfile, args }: Omit<DirectRecipe, 'root' | 'paths'>,
  context: Buffer,
  { tag, labels, noCache }: EngineBuildOptions,
  { signal, output }: Pick<StepContext, 'signal' | 'output'>,
): Promise<string> {
  const options = {
    version: '2',
    t: tag,
    dockerfile,
    buildargs: args,
    labels: { ...(service.build?.labels as Record<string, string> | undefined), ...labels },
    ...(typeof service.build?.target === 'string' && { target: service.build.target }),
    ...(noCache && { nocache: true }),
  }
  const progress = new ProgressFormatter(service.name)
  const news = new BuildEventDecoder()
  let image: string | null = null
  try {
    // Each is read when the one before it is told: what the log cannot take yet waits at the engine.
    for await (const chunk of await asked(docker, context, options, signal)) {
      for (const { status, image: built, error } of news.push(chunk)) {
        signal.throwIfAborted()
        if (error !== undefined) throw new BuildError(error)
        image = built ?? image
        if (!status) continue
        for (const lines of progress.format(readable(status))) await Promise.all(lines.map((line) => output(line)))
      }
      release(chunk)
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof SyntaxError || thrown instanceof RangeError)) throw thrown
    throw new UncertainInputs(`what the engine tells of the build cannot be read: ${thrown.message}`, { cause: thrown })
  }
  if (!image) throw new UncertainInputs('the engine ended the build without an image')
  return image
}

function readable(status: Uint8Array): BuildStatus {
  try {
    return decodeStatus(status)
  } catch (thrown) {
    throw new SyntaxError('a status that is no protobuf', { cause: thrown })
  }
}

/** Gives back the bytes of a chunk that was read: a loud build brings many more before the garbage collector comes. */
function release({ buffer, byteLength }: Buffer): void {
  // Of a part of something larger others may hold the rest.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

/** The answer of an engine that has taken the call. */
function asked(docker: Docker, file: Buffer, options: object, abortSignal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Not by `buildImage`, which opens a session of BuildKit's own for what this needs none for.
  const call = { path: '/build?', method: 'POST', file, options, isStream: true, abortSignal }
  docker.modem.dial({ ...call, statusCodes: { 200: true } }, (thrown, answer) => {
    if (thrown) reject(thrown)
    else resolve(answer as IncomingMessage)
  })
  return promise
}
