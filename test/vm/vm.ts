// A test machine: real systemd, real Docker, real ssh, in one container.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { assertSuccess, type CommandResult, runCommand } from './command.ts'
import { copyDisk } from './copy-disk.ts'
import { dockerClient, runDocker, tryDocker } from './docker.ts'
import { readPublicKeys } from './keys.ts'
import { cacheDirectory } from './paths.ts'
import { prepareBootSource } from './prepare/boot-source.ts'
import { createRunFlags } from './run-flags.ts'
import { waitUntilBooted } from './wait-until-booted.ts'

export interface ShellOptions {
  as?: string // a user of the machine; root otherwise
  input?: string
  timeoutMs?: number
}

export interface FileOptions {
  owner?: string // as chown takes it
  mode?: string // as chmod takes it
}

// Every wait ends, and says what did not come.
export interface WaitOptions {
  expectation: string
  timeoutMs?: number | undefined
}

// A machine of the same name that an earlier run left behind is replaced.
export async function bootVm(name: string): Promise<Vm> {
  const { image, disk } = await prepareBootSource()
  const vm = new Vm(name)
  await vm.destroy()
  await mkdir(vm.hostDirectory, { recursive: true })
  await copyDisk(disk, vm.disk, image)
  await runDocker([
    'run',
    '-d',
    '--name',
    vm.container,
    ...(await createRunFlags()),
    '-v',
    `${vm.disk}:/var/lib/docker`,
    image,
  ])
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  await vm.run(`ln -sf "/usr/share/zoneinfo/${zone}" /etc/localtime; ${acceptKeysScript}`, {
    input: await readPublicKeys(),
  })
  await vm.waitUntilBooted()
  return vm
}

const acceptKeysScript = `
  while read -r key; do
    person=\${key##* }
    install -d -m 700 -o "$person" -g "$person" "/home/$person/.ssh"
    echo "$key" > "/home/$person/.ssh/authorized_keys"
  done`

const saveCursorScript = "cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')"

const journalCommand = (unit: string): string => `journalctl -u ${unit} -o cat -n all -f --after-cursor "$cursor"`

const waitForLinesScript = (command: string, line: string, times: number): string =>
  `test "$(grep -c -m ${times} -E '${line}' < <(exec ${command} 2>/dev/null))" = ${times}`

export class Vm {
  readonly name: string
  readonly container: string
  readonly disk: string
  readonly hostDirectory: string // of this machine's things on the host, such as developers' clones
  address = ''
  hostAddress = '' // the address that this side has for the machine

  constructor(name: string) {
    this.name = name
    this.container = `bpt-vm-${name}`
    this.disk = `bpt-vm-${name}`
    this.hostDirectory = join(cacheDirectory, name)
  }

  tryRun(script: string, options: ShellOptions = {}): Promise<CommandResult> {
    const { input, timeoutMs = 60_000 } = options
    const patience = ['timeout', '-k', '2', `${timeoutMs / 1000}`]
    return tryDocker([...this.#exec(options.as), ...patience, 'bash', '-c', script], {
      input,
      timeoutMs: timeoutMs + 5000,
    })
  }

  async run(script: string, options: ShellOptions = {}): Promise<CommandResult> {
    return assertSuccess(await this.tryRun(script, options), `${this.name}, ${options.as ?? 'root'}: ${script}`)
  }

  // Ending the child ends only this side of it; what runs on the machine runs on.
  spawn(script: string, { as }: { as?: string } = {}): ChildProcess {
    return spawn(dockerClient, [...this.#exec(as), 'bash', '-c', script], { stdio: 'pipe' })
  }

  // A directory's content arrives in vmPath, a file as vmPath; both belong to root.
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

  // Runs a script and resolves when a unit, or systemd about it, has since said a line that matches.
  async runAndWaitForJournal(script: string, unit: string, line: string, patience: WaitOptions): Promise<void> {
    await this.#waited(
      `${saveCursorScript}\n{ ${script}\n} || exit\n${waitForLinesScript(journalCommand(unit), line, 1)}`,
      patience,
    )
  }

  // Resolves when what a command prints that goes on has had so many lines that match.
  async waitForOutput(command: string, line: string, patience: WaitOptions, times = 1): Promise<void> {
    await this.#waited(waitForLinesScript(command, line, times), patience)
  }

  // Looks at once, and again whenever a unit, or systemd about it, has said something, until a look exits 0; gives what
  // that one printed. For what is so before the unit says it.
  async retryUntilSuccess(look: string, unit: string, patience: WaitOptions): Promise<string> {
    const news = `exec 3< <(exec ${journalCommand(unit)} -p info)`
    const looks = `until seen=$(${look}); do read -r -u 3 _ || exit 1; done`
    return (await this.#waited(`${saveCursorScript}\n${news}\n${looks}\necho "$seen"`, patience)).stdout
  }

  async #waited(script: string, { expectation, timeoutMs = 60_000 }: WaitOptions): Promise<CommandResult> {
    const ended = await this.tryRun(script, { timeoutMs })
    if (ended.code === 0) return ended
    const late = ended.code === 124 ? `Not within ${timeoutMs} ms` : 'It cannot come any more'
    throw new Error(`${late}: ${expectation}. Last seen: ${ended.stderr.trim().split('\n').at(-1) || 'nothing'}`)
  }

  // The power is cut: nothing is stopped, everything is gone at once, the disks stay.
  async cutPower(): Promise<void> {
    await runDocker(['kill', this.container])
    await runDocker(['wait', this.container])
  }

  async boot(): Promise<void> {
    await runDocker(['start', this.container])
    await this.waitUntilBooted()
  }

  async waitUntilBooted(): Promise<void> {
    await waitUntilBooted(this.container)
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}'
    const [address = '', host = ''] = (await runDocker(['inspect', '--format', format, this.container])).split(' ')
    this.address = address
    this.hostAddress = host
  }

  async destroy(): Promise<void> {
    await tryDocker(['rm', '-fv', this.container])
    await tryDocker(['volume', 'rm', '-f', this.disk])
    await rm(this.hostDirectory, { recursive: true, force: true })
  }

  #exec(user = 'root'): string[] {
    const home = user === 'root' ? '/root' : `/home/${user}`
    return ['exec', '-i', '-u', user, '-w', home, '-e', `USER=${user}`, this.container]
  }
}
