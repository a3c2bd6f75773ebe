// Builds an image by one call of the engine's API. For a change of one line this is faster than compose, whose start
// and the start of its builder take longer than the build.
import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'
import type { StepContext } from '../../../interfaces/step-context.ts'
import type { DirectRecipe } from '../inputs/direct-recipe.ts'
import { UncertainInputs } from '../inputs/uncertain-inputs.ts'
import { BuildEventDecoder } from './build-events.ts'
import { type BuildStatus, decodeStatus } from './buildkit-status.ts'
import { ProgressFormatter } from './progress-formatter.ts'

export interface EngineBuildOptions {
  /** The image's name and tag. */
  tag: string
  labels: Record<string, string>
  noCache: boolean
  /** Returns the number of the next step among all builds that run at the same time. */
  takeStepNumber(): number
}

/** The build ran and failed. */
export class BuildError extends Error {}

/**
 * Returns the image's id.
 * @param context a tar archive of the recipe's paths.
 * @throws BuildError if the build failed; UncertainInputs if the engine's answer does not tell the outcome; the
 * engine's error with a `statusCode` if it refuses the call; the signal's reason.
 */
export async function buildByEngine(
  docker: Docker,
  { service, dockerfile, args }: Omit<DirectRecipe, 'root' | 'paths'>,
  context: Buffer,
  { tag, labels, noCache, takeStepNumber }: EngineBuildOptions,
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
  const progress = new ProgressFormatter(service.name, takeStepNumber)
  const events = new BuildEventDecoder()
  let imageId: string | null = null
  try {
    // The next chunk is read only after the log has taken the lines of this one, so that the rest waits at the engine.
    for await (const chunk of await requestBuild(docker, context, options, signal)) {
      for (const { status, image, error } of events.push(chunk)) {
        signal.throwIfAborted()
        if (error !== undefined) throw new BuildError(error)
        imageId = image ?? imageId
        if (!status) continue
        for (const lines of progress.format(parseStatus(status))) await Promise.all(lines.map((line) => output(line)))
      }
      freeMemory(chunk)
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof SyntaxError || thrown instanceof RangeError)) throw thrown
    throw new UncertainInputs(`cannot read the engine's answer to the build: ${thrown.message}`, { cause: thrown })
  }
  if (!imageId) throw new UncertainInputs('the engine ended the build without an image')
  return imageId
}

/** @throws SyntaxError */
function parseStatus(status: Uint8Array): BuildStatus {
  try {
    return decodeStatus(status)
  } catch (thrown) {
    throw new SyntaxError('a status that is not protobuf', { cause: thrown })
  }
}

/** Frees a chunk's memory at once: a build that prints much fills memory faster than the garbage collector frees it. */
function freeMemory({ buffer, byteLength }: Buffer): void {
  // A part of a larger buffer is not freed: other chunks use the rest of that buffer.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

/** Resolves with the engine's answer as a stream once the engine has accepted the build. */
function requestBuild(
  docker: Docker,
  file: Buffer,
  options: object,
  abortSignal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Not dockerode's `buildImage`: for version 2 it opens a BuildKit session, which this build does not need.
  const request = { path: '/build?', method: 'POST', file, options, isStream: true, abortSignal }
  docker.modem.dial({ ...request, statusCodes: { 200: true } }, (thrown, answer) => {
    if (thrown) reject(thrown)
    else resolve(answer as IncomingMessage)
  })
  return promise
}
