// Runs `docker compose`. The compose file is the user's interface, so compose itself interprets it.
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { runCommand } from '../host/command.ts'
import { buildServices } from './build-services.ts'
import type { QuestionContext } from './inputs/capture-compose.ts'
import { type ComposeCommand, type ComposeInputs, composeCommand } from './inputs/compose-command.ts'
import { ProjectCache } from './inputs/project-cache.ts'
import { ProjectNameFile } from './inputs/project-name-file.ts'
import { readProjectOfTree } from './inputs/project-of-tree.ts'
import { createVersionReader, readResolvedFile, resolvedCommand, resolveProject } from './inputs/resolve-project.ts'
import { type BuildTarget, defineOptionalServices, toBuildFile } from './inputs/resolved-file.ts'
import { pullServices } from './pull-services.ts'
import { trimBuildCache } from './trim-build-cache.ts'

/** Milliseconds that shrinking the build cache may take. */
const trimTimeoutMs = 120_000

/** Milliseconds that compose may take to name its project outside of a deploy. */
const nameTimeoutMs = 30_000

export interface ComposeCli {
  /**
   * Reads the compose file as compose resolves it.
   * @throws compose_missing, plugin_missing, compose_invalid.
   */
  readProject(ctx: QuestionContext): Promise<ComposeProject>
  /** Returns the project of the files as they are now, if it was read before; never asks compose. */
  findProject(): Promise<ComposeProject | null>
  /** Reads it from a copy of the files of a revision. @param root a folder that stands for `/`. */
  readProjectOfTree(root: string, ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Returns the inputs from which a project was read. */
  inputsOf(project: ComposeProject): ComposeInputs
  /** Returns the project's name; after a restart of the agent that of the project that was read last. */
  projectName(): Promise<string>
  /**
   * Builds images at the same time; returns the exit code, or the signal that ended compose.
   * @throws plugin_missing, unreadable.
   * @param noCache true to build every layer again.
   */
  build(project: ComposeProject, targets: BuildTarget[], noCache: boolean, ctx: StepContext): Promise<number | string>
  /** Pulls the images of services. @throws pull_failed with the registry's refusal. */
  pull(services: Service[], ctx: StepContext): Promise<void>
  /** Shrinks the build cache to at most so many bytes. */
  trimBuildCache(bytes: number, signal?: AbortSignal): Promise<void>
}

export interface ComposeOptions extends ComposeInputs {
  /** A folder for files that the agent writes for compose. */
  scratch: string
}

export function createComposeCli({ scratch, ...inputs }: ComposeOptions): ComposeCli {
  const { workTree, files, env } = inputs
  const projectFolder = dirname(resolve(workTree, files[0] ?? 'compose.yaml'))
  const resolvedInputs: ComposeInputs = { ...inputs, projectFolder }
  const cache = new ProjectCache(inputs)
  const nameFile = new ProjectNameFile(join(scratch, 'project-name'))
  /** The output of compose for each project that was read. */
  const resolvedFiles = new WeakMap<ComposeProject, string>()
  const inputsOfTrees = new WeakMap<ComposeProject, ComposeInputs>()
  const readVersion = createVersionReader(inputs)
  /** The first answer to a question for the project's name, while no deploy has read the project. */
  let firstReading: Promise<ComposeProject> | null = null

  async function run({ args, ...options }: ComposeCommand, { signal, output }: StepContext) {
    return runCommand('docker', args, { ...options, signal, onLine: output })
  }

  async function readProject(ctx: QuestionContext): Promise<ComposeProject> {
    const project = await cache.get(async () => {
      const json = await readResolvedFile(inputs, ctx)
      const project = await resolveProject(resolvedInputs, { json, projectFolder }, readVersion, ctx)
      resolvedFiles.set(project, json)
      return project
    })
    await nameFile.write(project.name)
    return project
  }

  return {
    readProject,
    findProject: () => cache.find(),

    async readProjectOfTree(root, { signal }) {
      const read = await readProjectOfTree(inputs, root, readVersion, { signal })
      inputsOfTrees.set(read.project, read.inputs)
      return read.project
    },

    inputsOf: (project) => inputsOfTrees.get(project) ?? inputs,

    async projectName() {
      const known = await cache.find()
      if (known) return known.name
      firstReading ??= readProject({ signal: AbortSignal.timeout(nameTimeoutMs) })
      const reading = firstReading
      reading.catch(() => {
        firstReading = null
      })
      // The name on the disk answers at once; a later call gets what compose says now.
      return (await nameFile.read()) ?? (await reading).name
    },

    async build(project, targets, noCache, ctx) {
      // Build from the resolved file: with a further `-f` compose would forget the files that COMPOSE_FILE names.
      const file = join(scratch, 'build.json')
      const resolved = resolvedFiles.get(project) ?? (await readResolvedFile(inputs, ctx))
      await writeFile(file, toBuildFile(defineOptionalServices(resolved), targets), { mode: 0o600 })
      const names = targets.map(({ service }) => service)
      const services = project.services.filter(({ name }) => names.includes(name))
      const command = resolvedCommand(resolvedInputs, file, ['build', ...(noCache ? ['--no-cache'] : []), ...names])
      return buildServices(command, services, ctx)
    },

    pull: (services, ctx) =>
      pullServices(services, (args, output) => run(composeCommand(inputs, args), { ...ctx, output }), ctx),

    trimBuildCache: (bytes, signal) =>
      trimBuildCache(bytes, env, AbortSignal.any([AbortSignal.timeout(trimTimeoutMs), ...(signal ? [signal] : [])])),
  }
}
