// docker compose as a command: the compose file is the user's interface, so that compose itself reads and runs it.
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan, Service } from '../../interfaces/engine.ts'
import type { Hand } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { capture, run } from '../host/command.ts'
import { planOf } from './compose-project.ts'
import { composeProgram } from './locate-compose.ts'
import { ComposeCache, overrides, usual } from './project-cache.ts'
import { trimCache } from './trim-build-cache.ts'

/** Milliseconds that shrinking the build cache may take. */
const cachePatience = 120_000

export interface Compose {
  /** The compose file as compose resolves it; refuses what is not valid. */
  plan(hand: Pick<Hand, 'signal'>): Promise<Plan>
  /** Builds under other names than the file says, `anew` without the cache; gives the exit code or the signal. */
  build(plan: Plan, tag: (service: Service) => string, anew: boolean, hand: Hand): Promise<number | string>
  /** Containers as the compose file says, not started; those that differ lose their place to new ones. */
  create(services: Service[], hand: Hand): Promise<void>
  /** Starts one more container of a service, beside those that the compose file asks for. */
  run(service: Service, more: Extra, hand: Hand): Promise<void>
  remove(services: Service[], hand: Hand): Promise<void>
  /** Shrinks the build cache to at most so many bytes. */
  trim(bytes: number, signal?: AbortSignal): Promise<void>
}

export interface Extra {
  name: string
  label: string
  /** What it publishes, as `compose run --publish` takes it. */
  doors: string[]
}

export interface Stack {
  /** The folder of the compose file. */
  root: string
  /** The compose file's name; without it compose finds its usual ones. */
  file: string | undefined
  /** A folder of our own. */
  scratch: string
  env: NodeJS.ProcessEnv
}

export function compose({ root, file, scratch, env }: Stack): Compose {
  const [program, ...first] = composeProgram(env.HOME)
  const plain = [...first, '--ansi', 'never', '--progress', 'plain']
  const command = (...args: string[]) => [...plain, ...(file ? ['-f', file] : []), ...args]
  const call = (args: string[], { signal, out }: Hand) => run(program, args, { cwd: root, env, signal, out })
  const ask = async (signal: AbortSignal, args: string[], input?: string) => {
    const { code, stdout, stderr } = await capture(program, args, { cwd: root, env, signal, ...(input && { input }) })
    if (code !== 0) throw Failure.of('compose_invalid', { reason: stderr.trim() || `exit ${code}` })
    return stdout
  }
  const cache = new ComposeCache(root, file)
  /** Of the program, as it was when it was first asked. */
  let version: string | null = null

  /** @throws compose_missing. */
  async function main(): Promise<string> {
    const [found] = await there(file ? [file] : usual)
    if (!found) throw Failure.of('compose_missing', { root, file })
    return found
  }

  /** The files that compose finds by itself, for commands that get a further one. */
  async function own(): Promise<string[]> {
    return [await main(), ...(file ? [] : (await there(overrides)).slice(0, 1))]
  }

  async function there(names: string[]): Promise<string[]> {
    const found = await Promise.all(names.map((name) => exists(join(root, name))))
    return names.filter((_, index) => found[index])
  }

  /** @throws up_failed with compose's last words. */
  async function made(args: string[], services: Service[], hand: Hand): Promise<void> {
    let last = ''
    const out = (line: string) => {
      // What follows on the reason, and names the container by its id.
      if (!/^Error: failed to start containers: /.test(line)) last = line
      return hand.out(line)
    }
    const names = services.map(({ name }) => name)
    const { code } = await call(command(...args, ...names), { ...hand, out })
    if (code !== 0) throw Failure.of('up_failed', { services: names.join(', '), reason: last || `exit ${code}` })
  }

  return {
    async plan({ signal }) {
      await main()
      return cache.plan(async () => {
        const json = await ask(signal, command('config', '--format', 'json'))
        // Of the file itself compose tells other hashes than it writes on containers, where there is an env_file.
        const resolved = [...plain, '--project-directory', '.', '-f', '-', 'config', '--hash', '*']
        version ??= await ask(signal, [...first, 'version', '--short'])
        return planOf(json, await ask(signal, resolved, json), version)
      })
    },

    async build(plan, tag, anew, hand) {
      const services = plan.services.filter((service) => service.built)
      const override = {
        services: Object.fromEntries(services.map((service) => [service.name, { image: tag(service) }])),
      }
      // JSON is YAML; a second file because only the image's name may differ from what the user's file says.
      const second = join(scratch, 'build.json')
      await writeFile(second, JSON.stringify(override))
      const files = [...(await own()), second].flatMap((name) => ['-f', name])
      const names = services.map(({ name }) => name)
      const act = ['build', ...(anew ? ['--no-cache'] : []), ...names]
      const { code, signal } = await call([...plain, '--project-directory', '.', ...files, ...act], hand)
      return code ?? signal ?? 'unknown'
    },

    // Not `up`: its --no-deps makes containers that compose takes for changed ones the next time, and without it
    // compose waits for dependencies when the old container is gone already.
    create: (services, hand) => made(['create', '--no-build'], services, hand),

    run(service, { name, label, doors }, hand) {
      const publish = doors.flatMap((door) => ['--publish', door])
      const options = ['run', '--detach', '--no-deps', '--no-TTY', '--name', name, '--label', label, ...publish]
      return made(options, [service], hand)
    },

    trim: (bytes, signal) =>
      trimCache(bytes, env, AbortSignal.any([AbortSignal.timeout(cachePatience), ...(signal ? [signal] : [])])),

    async remove(services, hand) {
      await call(command('rm', '--stop', '--force', ...services.map(({ name }) => name)), hand)
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
