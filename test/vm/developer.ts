// Controls a developer's clone on the host, from which git pushes over ssh to a test VM. It begins with the reference
// stack, and all developers begin with the same first commit.
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assertSuccess, type CommandResult, runCommand, waitForExit } from './command.ts'
import { type Person, privateKeyPath } from './keys.ts'
import { checkoutDirectory } from './paths.ts'
import type { Vm } from './vm.ts'

const referenceStack = ['docker-compose.yml', 'Dockerfile', '.dockerignore', 'server']
const firstCommit = { name: 'Reference Stack', email: 'stack@example.org', date: '2026-01-01T00:00:00Z' }

/** New contents of files by path, where null removes a file; or a function that changes the clone. */
export type Edit = Record<string, string | null> | ((directory: string) => Promise<void>)

export interface PushOptions {
  ref?: string
  force?: boolean
  /** Values of `git push -o`. */
  options?: string[]
  timeoutMs?: number
}

export async function createDeveloper(vm: Vm, person: Person): Promise<Developer> {
  const directory = join(vm.hostDirectory, 'clones', person)
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const dev = new Developer(vm, person, directory)
  await dev.git('init', '-q', '-b', 'main')
  await dev.git('config', 'user.name', person)
  await dev.git('config', 'user.email', `${person}@example.org`)
  await dev.git('remote', 'add', 'production', `${person}@production:/bpt/production/code`)
  for (const path of referenceStack) {
    const withoutPackages = (source: string) => !source.endsWith('/node_modules')
    await cp(join(checkoutDirectory, path), join(directory, path), { recursive: true, filter: withoutPackages })
  }
  await dev.git('add', '-A')
  const { name, email, date } = firstCommit
  const identity = ['-c', `user.name=${name}`, '-c', `user.email=${email}`]
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  await dev.gitWithEnv(env, ...identity, 'commit', '-q', '-m', 'The reference stack')
  return dev
}

export class Developer {
  readonly vm: Vm
  readonly person: Person
  readonly directory: string

  constructor(vm: Vm, person: Person, directory: string) {
    this.vm = vm
    this.person = person
    this.directory = directory
  }

  /** @returns the hash of the new commit. */
  async commit(edit: Edit, message: string): Promise<string> {
    await (typeof edit === 'function' ? edit(this.directory) : this.#write(edit))
    await this.git('add', '-A')
    await this.git('commit', '-q', '--allow-empty', '-m', message)
    return this.head()
  }

  /** Commits a server that answers with this version. */
  async commitVersion(version: string, message = `Version ${version}`): Promise<string> {
    const path = 'server/server.js'
    const source = await readFile(join(this.directory, path), 'utf8')
    return this.commit({ [path]: source.replace(/^const version = .*$/m, `const version = '${version}'`) }, message)
  }

  head(): Promise<string> {
    return this.git('rev-parse', 'HEAD')
  }

  async push(options: PushOptions = {}): Promise<{ code: number; output: string }> {
    const { code, stdout, stderr } = await waitForExit(this.spawnPush(options), options.timeoutMs)
    return { code, output: stderr + stdout }
  }

  /** Starts a push. The child leads a process group, so that process.kill(-pid) ends git together with its ssh. */
  spawnPush({ ref = 'main', force = false, options = [] }: PushOptions = {}): ChildProcess {
    const flags = [...(force ? ['--force'] : []), ...options.flatMap((option) => ['-o', option])]
    return this.#spawn(['git', 'push', ...flags, 'production', ref])
  }

  async pull(): Promise<void> {
    await this.git('pull', '-q', '--rebase', 'production', 'main')
  }

  ssh(script: string, options: { tty?: boolean; timeoutMs?: number } = {}): Promise<CommandResult> {
    return waitForExit(this.spawnSsh(script, options), options.timeoutMs)
  }

  spawnSsh(script: string, { tty = false }: { tty?: boolean } = {}): ChildProcess {
    return this.#spawn([...this.#sshArgv(), ...(tty ? ['-tt'] : ['-T']), `${this.person}@production`, script])
  }

  git(...args: string[]): Promise<string> {
    return this.gitWithEnv({}, ...args)
  }

  async gitWithEnv(env: Record<string, string>, ...args: string[]): Promise<string> {
    const result = await runCommand(['git', ...args], { cwd: this.directory, env: { ...this.#environment(), ...env } })
    return assertSuccess(result, `${this.person}: git ${args.join(' ')}`).stdout.trim()
  }

  async #write(files: Record<string, string | null>) {
    for (const [path, text] of Object.entries(files)) {
      const target = join(this.directory, path)
      if (text === null) await rm(target, { recursive: true })
      else {
        await mkdir(dirname(target), { recursive: true })
        await writeFile(target, text)
      }
    }
  }

  #spawn([program = '', ...args]: string[]): ChildProcess {
    const env = { ...process.env, ...this.#environment() }
    return spawn(program, args, { cwd: this.directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  #environment(): Record<string, string> {
    return { GIT_SSH_COMMAND: this.#sshArgv().join(' '), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  }

  // Users know the host as `production`; its address changes with each boot of the VM.
  #sshArgv(): string[] {
    const options = [
      `HostName=${this.vm.address}`,
      'IdentitiesOnly=yes',
      'BatchMode=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'ConnectTimeout=10',
    ]
    return ['ssh', '-F', '/dev/null', '-i', privateKeyPath(this.person), ...options.flatMap((option) => ['-o', option])]
  }
}
