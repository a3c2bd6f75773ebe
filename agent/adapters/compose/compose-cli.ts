// Runs `docker compose`. The compose file is the user's interface, so compose itself interprets it.
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput, runCommand } from '../host/command.ts'
import { parseProject } from './compose-project.ts'
import { defaultFileNames, overrideFileNames, ProjectCache } from './project-cache.ts'
import { ProjectNameFile } from './project-name-file.ts'
import { trimBuildCache } from './trim-build-cache.ts'
import { addVariableServices } from './used-contents.ts'

/** Milliseconds that shrinking the build cache may take. */
const trimTimeoutMs = 120_000

/** Milliseconds that compose may take to name its project outside of a deploy. */
const nameTimeoutMs = 30_000

export interface ComposeCli {
  /**
   * Reads the compose file as compose resolves it.
   * @throws compose_missing, compose_invalid.
   */
  readProject(ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /**
   * Returns the name of the project that was read last, also by an earlier life of the agent; compose is asked only if
   * none was read yet.
   */
  projectName(): Promise<string>
  /**
   * Builds the images under the names that `tag` returns; returns the exit code, or the signal that ended compose.
   * @param noCache true to build every layer again.
   */
  build(
    project: ComposeProject,
    tag: (service: Service) => string,
    noCache: boolean,
    ctx: StepContext,
  ): Promise<number | string>
  /** Creates containers without starting them; compose removes a container that differs from the compose file. */
  createContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Starts a container of a service in addition to those that the compose file asks for. */
  startExtraContainer(service: Service, extra: ExtraContainer, ctx: StepContext): Promise<void>
  /** Stops and removes the containers of services; a failure shows in the output only. */
  removeContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Shrinks the build cache to at most so many bytes. */
  trimBuildCache(bytes: number, signal?: AbortSignal): Promise<void>
}

export interface ExtraContainer {
  name: string
  label: string
  /** Published ports, as `compose run --publish` takes them. */
  publish: string[]
}

export interface ComposeOptions {
  /** The folder of the compose file. */
  composeFolder: string
  /** The compose file's name; undefined lets compose look for its default names. */
  file: string | undefined
  /** A folder for files that the agent writes for compose. */
  scratch: string
  env: NodeJS.ProcessEnv
}

export function createComposeCli({ composeFolder, file, scratch, env }: ComposeOptions): ComposeCli {
  const globalOptions = ['--ansi', 'never', '--progress', 'plain']
  const withFile = (...args: string[]) => [...globalOptions, ...(file ? ['-f', file] : []), ...args]
  const cache = new ProjectCache(composeFolder, file)
  const names = new ProjectNameFile(join(scratch, 'project-name'))
  /** Compose's version; null until it was read for the first time. */
  let version: string | null = null

  function run(args: string[], { signal, output }: StepContext) {
    return runCommand('docker', ['compose', ...args], { cwd: composeFolder, env, signal, onLine: output })
  }

  /** @throws compose_invalid with what compose printed. */
  async function capture(signal: AbortSignal, args: string[], input = ''): Promise<string> {
    const options = { cwd: composeFolder, env, signal, input }
    const { code, stdout, stderr } = await captureOutput('docker', ['compose', ...args], options)
    if (code !== 0) throw Failure.of('compose_invalid', { reason: stderr.trim() || `exit ${code}` })
    return stdout
  }

  /** @throws compose_missing. */
  async function findComposeFile(): Promise<string> {
    const [composeFile] = await existingFiles(file ? [file] : defaultFileNames)
    if (!composeFile) throw Failure.of('compose_missing', { composeFolder, file })
    return composeFile
  }

  /** Finds the files that compose would read without `-f`. */
  async function findComposeFiles(): Promise<string[]> {
    const composeFile = await findComposeFile()
    return file ? [composeFile] : [composeFile, ...(await existingFiles(overrideFileNames)).slice(0, 1)]
  }

  async function existingFiles(names: string[]): Promise<string[]> {
    const isThere = await Promise.all(names.map((name) => exists(join(composeFolder, name))))
    return names.filter((_, index) => isThere[index])
  }

  /** @throws up_failed with the reason that compose printed. */
  async function runFor(services: Service[], args: string[], ctx: StepContext): Promise<void> {
    let reason = ''
    const output = (line: string) => {
      // This line follows the reason and names a container by its id only.
      if (!line.startsWith('Error: failed to start containers: ')) reason = line
      return ctx.output(line)
    }
    const names = services.map(({ name }) => name)
    const { code } = await run(withFile(...args, ...names), { ...ctx, output })
    if (code !== 0) throw Failure.of('up_failed', { services: names.join(', '), reason: reason || `exit ${code}` })
  }

  async function readProject({ signal }: Pick<StepContext, 'signal'>): Promise<ComposeProject> {
    await findComposeFile()
    const project = await cache.get(async () => {
      const json = await capture(signal, withFile('config', '--format', 'json'))
      // With an env_file, the hash of the file as written differs from the hash that compose writes on containers.
      const hashOptions = ['--project-directory', '.', '-f', '-', 'config', '--hash', '*']
      version ??= await capture(signal, ['version', '--short'])
      const hashes = await capture(signal, [...globalOptions, ...hashOptions], addVariableServices(json))
      return parseProject(json, hashes, version, composeFolder)
    })
    await names.write(project.name)
    return project
  }

  return {
    readProject,

    async projectName() {
      return (await names.read()) ?? (await readProject({ signal: AbortSignal.timeout(nameTimeoutMs) })).name
    },

    async build(project, tag, noCache, ctx) {
      const services = project.services.filter((service) => service.isBuilt)
      const images = services.map((service) => [service.name, { image: tag(service) }])
      // Write an override file, since only the images' names may differ from the user's file. JSON is YAML.
      const override = join(scratch, 'build.json')
      await writeFile(override, JSON.stringify({ services: Object.fromEntries(images) }))
      const files = [...(await findComposeFiles()), override].flatMap((name) => ['-f', name])
      const names = services.map(({ name }) => name)
      const command = ['build', ...(noCache ? ['--no-cache'] : []), ...names]
      const { code, signal } = await run([...globalOptions, '--project-directory', '.', ...files, ...command], ctx)
      return code ?? signal ?? 'unknown'
    },

    // Not `up`: with --no-deps the next `up` would take the containers for changed ones, and without it compose would
    // wait for dependencies after it has removed the old container.
    createContainers: (services, ctx) => runFor(services, ['create', '--no-build'], ctx),

    startExtraContainer(service, { name, label, publish }, ctx) {
      const ports = publish.flatMap((port) => ['--publish', port])
      const options = ['--detach', '--no-deps', '--no-TTY', '--name', name, '--label', label, ...ports]
      return runFor([service], ['run', ...options], ctx)
    },

    async removeContainers(services, ctx) {
      await run(withFile('rm', '--stop', '--force', ...services.map(({ name }) => name)), ctx)
    },

    trimBuildCache: (bytes, signal) =>
      trimBuildCache(bytes, env, AbortSignal.any([AbortSignal.timeout(trimTimeoutMs), ...(signal ? [signal] : [])])),
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
