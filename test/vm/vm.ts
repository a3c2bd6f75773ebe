// Controls a test VM: a container with real systemd, Docker and sshd.
import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { waitUntilBooted } from './boot/wait-until-booted.ts'
import { assertSuccess, type CommandResult, runCommand } from './command.ts'
import { dockerClient, runDocker, tryDocker } from './docker.ts'
import { type EnterVm, findEntry } from './enter-vm.ts'
import { cacheDirectory } from './paths.ts'

export interface ShellOptions {
  /** User of the VM; root by default. */
  as?: string
  input?: string
  timeoutMs?: number
}

export interface FileOptions {
  /** Argument of chown. */
  owner?: string
  /** Argument of chmod. */
  mode?: string
}

export interface WaitOptions {
  /** Sentence for the error of a wait that took too long. */
  expectation: string
  timeoutMs?: number | undefined
}

/** Remembers the end of the journal, so that a wait sees only entries that are written from then on. */
const saveCursorScript = "cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')"

const journalCommand = (unit: string): string => `journalctl -u ${unit} -o cat -n all -f --after-cursor "$cursor"`

/** Succeeds as soon as a command has printed `count` lines that match. */
const waitForLinesScript = (command: string, pattern: string, count: number): string =>
  `test "$(grep -c -m ${count} -E '${pattern}' < <(exec ${command} 2>/dev/null))" = ${count}`

export class Vm {
  readonly name: string
  readonly container: string
  /** Docker volume with /var/lib/docker of the VM. */
  readonly disk: string
  /** Holds the VM's files on the host, such as developers' clones. */
  readonly hostDirectory: string
  address = ''
  /** The host's address as the VM sees it. */
  hostAddress = ''
  #entry: EnterVm | null = null

  constructor(name: string) {
    this.name = name
    this.container = `bpt-vm-${name}`
    this.disk = `bpt-vm-${name}`
    this.hostDirectory = join(cacheDirectory, name)
  }

  /** Runs a script whatever its exit code is. */
  tryRun(script: string, options: ShellOptions = {}): Promise<CommandResult> {
    const { input, timeoutMs = 60_000 } = options
    const enter = this.#entry?.(options.as ?? 'root') ?? [dockerClient, ...this.#execArgs(options.as)]
    const limit = ['timeout', '-k', '2', `${timeoutMs / 1000}`]
    const limits = { input, timeoutMs: timeoutMs + 5000, ignoresHeldOutput: true }
    return runCommand([...enter, ...limit, 'bash', '-c', script], limits)
  }

  /** Runs a script and throws unless it exits 0. */
  async run(script: string, options: ShellOptions = {}): Promise<CommandResult> {
    return assertSuccess(await this.tryRun(script, options), `${this.name}, ${options.as ?? 'root'}: ${script}`)
  }

  /** Starts a script. Killing the child ends only the client of `docker exec`; the processes in the VM keep running. */
  spawn(script: string, { as }: { as?: string } = {}): ChildProcess {
    return spawn(dockerClient, [...this.#execArgs(as), 'bash', '-c', script], { stdio: 'pipe' })
  }

  /** Copies a directory's content into vmPath, or a file to vmPath; root owns the copy. */
  async copyIn(hostPath: string, vmPath: string): Promise<void> {
    const script = `
      if [ -d "$2" ]; then tar -C "$2" -c --owner=0 --group=0 . | "$1" exec -i "$3" sh -c 'mkdir -p "$0" && tar -x -C "$0"' "$4"
      else "$1" exec -i "$3" sh -c 'mkdir -p "$1" && cat > "$0"' "$4" "$5" < "$2"; fi`
    const argv = [
      'bash',
      '-o',
      'pipefail',
      '-c',
      script,
      'copy',
      dockerClient,
      hostPath,
      this.container,
      vmPath,
      posix.dirname(vmPath),
    ]
    assertSuccess(await runCommand(argv), `copy ${hostPath} to ${vmPath} of ${this.name}`)
  }

  async writeFile(path: string, text: string, { owner = 'root:root', mode = '644' }: FileOptions = {}): Promise<void> {
    const script = `mkdir -p '${posix.dirname(path)}' && cat > '${path}' && chown ${owner} '${path}' && chmod ${mode} '${path}'`
    await this.run(script, { input: text })
  }

  /** Runs a script and resolves when the unit's journal has a new line that matches. */
  async runAndWaitForJournal(script: string, unit: string, pattern: string, options: WaitOptions): Promise<void> {
    await this.#runWait(
      `${saveCursorScript}\n{ ${script}\n} || exit\n${waitForLinesScript(journalCommand(unit), pattern, 1)}`,
      options,
    )
  }

  /** Resolves when a command that keeps running has printed `count` lines that match. */
  async waitForOutput(command: string, pattern: string, options: WaitOptions, count = 1): Promise<void> {
    await this.#runWait(waitForLinesScript(command, pattern, count), options)
  }

  /**
   * Runs a command at once and again after each new line in the unit's journal, until it exits 0. Suits conditions that
   * become true before the unit writes about them.
   * @returns the output of the successful command.
   */
  async retryUntilSuccess(command: string, unit: string, options: WaitOptions): Promise<string> {
    const openJournal = `exec 3< <(exec ${journalCommand(unit)} -p info)`
    const retry = `until output=$(${command}); do read -r -u 3 _ || exit 1; done`
    return (await this.#runWait(`${saveCursorScript}\n${openJournal}\n${retry}\necho "$output"`, options)).stdout
  }

  async #runWait(script: string, { expectation, timeoutMs = 60_000 }: WaitOptions): Promise<CommandResult> {
    const result = await this.tryRun(script, { timeoutMs })
    if (result.code === 0) return result
    const problem = result.code === 124 ? `Not within ${timeoutMs} ms` : 'The output ended before'
    const lastError = result.stderr.trim().split('\n').at(-1) || 'none'
    throw new Error(`${problem}: ${expectation}. Last line of stderr: ${lastError}`)
  }

  /** Kills all processes at once, as a power cut does; the disks stay. */
  async cutPower(): Promise<void> {
    this.#entry = null
    await runDocker(['kill', this.container])
    await runDocker(['wait', this.container])
  }

  async boot(): Promise<void> {
    await runDocker(['start', this.container])
    await this.waitUntilBooted()
  }

  async waitUntilBooted(): Promise<void> {
    await waitUntilBooted(this.container)
    const format = '{{.Id}} {{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}'
    const values = (await runDocker(['inspect', '--format', format, this.container])).split(' ')
    const [id = '', pid, address = '', host = ''] = values
    this.#entry = await findEntry(id, Number(pid))
    this.address = address
    this.hostAddress = host
  }

  async destroy(): Promise<void> {
    await tryDocker(['rm', '-fv', this.container])
    await tryDocker(['volume', 'rm', '-f', this.disk])
    await rm(this.hostDirectory, { recursive: true, force: true })
  }

  #execArgs(user = 'root'): string[] {
    const home = user === 'root' ? '/root' : `/home/${user}`
    return ['exec', '-i', '-u', user, '-w', home, '-e', `USER=${user}`, this.container]
  }
}
