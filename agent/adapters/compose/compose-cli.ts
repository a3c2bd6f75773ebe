// docker compose as a command: the compose file is the user's interface, so that compose itself reads and runs it.
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput, runCommand } from '../host/command.ts'
import { parseProject } from './compose-project.ts'
import { locateCompose } from './locate-compose.ts'
import { defaultFileNames, overrideFileNames, ProjectCache } from './project-cache.ts'
import { trimBuildCache } from './trim-build-cache.ts'

/** Milliseconds that shrinking the build cache may take. */
const trimTimeoutMs = 120_000

export interface ComposeCli {
  /** The compose file as compose resolves it; refuses what is not valid. */
  readProject(ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Builds under other names than the file says, `anew` without the cache; gives the exit code or the signal. */
  build(
    project: ComposeProject,
    tag: (service: Service) => string,
    anew: boolean,
    ctx: StepContext,
  ): Promise<number | string>
  /** Containers as the compose file says, not started; those that differ lose their place to new ones. */
  createContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Starts one more container of a service, beside those that the compose file asks for. */
  startExtraContainer(service: Service, more: ExtraContainer, ctx: StepContext): Promise<void>
  removeContainers(services: Service[], ctx: StepContext): Promise<void>
  /** Shrinks the build cache to at most so many bytes. */
  trimBuildCache(bytes: number, signal?: AbortSignal): Promise<void>
}

export interface ExtraContainer {
  name: string
  label: string
  /** What it publishes, as `compose run --publish` takes it. */
  publish: string[]
}

export interface ComposeOptions {
  /** The folder of the compose file. */
  root: string
  /** The compose file's name; without it compose finds its usual ones. */
  file: string | undefined
  /** A folder of our own. */
  scratch: string
  env: NodeJS.ProcessEnv
}

export function createComposeCli({ root, file, scratch, env }: ComposeOptions): ComposeCli {
  const [program, ...first] = locateCompose(env.HOME)
  const plain = [...first, '--ansi', 'never', '--progress', 'plain']
  const command = (...args: string[]) => [...plain, ...(file ? ['-f', file] : []), ...args]
  const call = (args: string[], { signal, output }: StepContext) =>
    runCommand(program, args, { cwd: root, env, signal, onLine: output })
  const ask = async (signal: AbortSignal, args: string[], input?: string) => {
    const { code, stdout, stderr } = await captureOutput(program, args, {
      cwd: root,
      env,
      signal,
      ...(input && { input }),
    })
    if (code !== 0) throw Failure.of('compose_invalid', { reason: stderr.trim() || `exit ${code}` })
    return stdout
  }
  const cache = new ProjectCache(root, file)
  /** Of the program, as it was when it was first asked. */
  let version: string | null = null

  /** @throws compose_missing. */
  async function main(): Promise<string> {
    const [found] = await there(file ? [file] : defaultFileNames)
    if (!found) throw Failure.of('compose_missing', { root, file })
    return found
  }

  /** The files that compose finds by itself, for commands that get a further one. */
  async function own(): Promise<string[]> {
    return [await main(), ...(file ? [] : (await there(overrideFileNames)).slice(0, 1))]
  }

  async function there(names: string[]): Promise<string[]> {
    const found = await Promise.all(names.map((name) => exists(join(root, name))))
    return names.filter((_, index) => found[index])
  }

  /** @throws up_failed with compose's last words. */
  async function made(args: string[], services: Service[], ctx: StepContext): Promise<void> {
    let last = ''
    const out = (line: string) => {
      // What follows on the reason, and names the container by its id.
      if (!/^Error: failed to start containers: /.test(line)) last = line
      return ctx.output(line)
    }
    const names = services.map(({ name }) => name)
    const { code } = await call(command(...args, ...names), { ...ctx, output: out })
    if (code !== 0) throw Failure.of('up_failed', { services: names.join(', '), reason: last || `exit ${code}` })
  }

  return {
    async readProject({ signal }) {
      await main()
      return cache.project(async () => {
        const json = await ask(signal, command('config', '--format', 'json'))
        // Of the file itself compose tells other hashes than it writes on containers, where there is an env_file.
        const resolved = [...plain, '--project-directory', '.', '-f', '-', 'config', '--hash', '*']
        version ??= await ask(signal, [...first, 'version', '--short'])
        return parseProject(json, await ask(signal, resolved, json), version)
      })
    },

    async build(project, tag, anew, ctx) {
      const services = project.services.filter((service) => service.isBuilt)
      const override = {
        services: Object.fromEntries(services.map((service) => [service.name, { image: tag(service) }])),
      }
      // JSON is YAML; a second file because only the image's name may differ from what the user's file says.
      const second = join(scratch, 'build.json')
      await writeFile(second, JSON.stringify(override))
      const files = [...(await own()), second].flatMap((name) => ['-f', name])
      const names = services.map(({ name }) => name)
      const act = ['build', ...(anew ? ['--no-cache'] : []), ...names]
      const { code, signal } = await call([...plain, '--project-directory', '.', ...files, ...act], ctx)
      return code ?? signal ?? 'unknown'
    },

    // Not `up`: its --no-deps makes containers that compose takes for changed ones the next time, and without it
    // compose waits for dependencies when the old container is gone already.
    createContainers: (services, ctx) => made(['create', '--no-build'], services, ctx),

    startExtraContainer(service, { name, label, publish }, ctx) {
      const published = publish.flatMap((port) => ['--publish', port])
      const options = ['run', '--detach', '--no-deps', '--no-TTY', '--name', name, '--label', label, ...published]
      return made(options, [service], ctx)
    },

    trimBuildCache: (bytes, signal) =>
      trimBuildCache(bytes, env, AbortSignal.any([AbortSignal.timeout(trimTimeoutMs), ...(signal ? [signal] : [])])),

    async removeContainers(services, ctx) {
      await call(command('rm', '--stop', '--force', ...services.map(({ name }) => name)), ctx)
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
