// A test machine: real systemd, real Docker, real ssh, in one container.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { command, type Ended, succeeded } from './command.ts'
import { copyDisk } from './copy-disk.ts'
import { client, docker, tried } from './docker.ts'
import { publicKeys } from './keys.ts'
import { machineFlags } from './machine-flags.ts'
import { cache } from './places.ts'
import { prepared } from './prepared.ts'
import { ready } from './ready.ts'
import { type Condition, type Patience, until } from './until.ts'

export interface ShellOptions {
  as?: string // a user of the machine; root otherwise
  input?: string
  timeoutMs?: number
}

export interface FileOptions {
  owner?: string // as chown takes it
  mode?: string // as chmod takes it
}

// A machine of the same name that an earlier run left behind is replaced.
export async function bootVm(name: string): Promise<Vm> {
  const { image, disk } = await prepared()
  const vm = new Vm(name)
  await vm.destroy()
  await mkdir(vm.directory, { recursive: true })
  await copyDisk(disk, vm.disk, image)
  await docker([
    'run',
    '-d',
    '--name',
    vm.container,
    ...(await machineFlags()),
    '-v',
    `${vm.disk}:/var/lib/docker`,
    image,
  ])
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  await vm.run(`ln -sf "/usr/share/zoneinfo/${zone}" /etc/localtime; ${acceptKeys}`, { input: await publicKeys() })
  await vm.booted()
  return vm
}

const acceptKeys = `
  while read -r key; do
    person=\${key##* }
    install -d -m 700 -o "$person" -g "$person" "/home/$person/.ssh"
    echo "$key" > "/home/$person/.ssh/authorized_keys"
  done`

export class Vm {
  readonly name: string
  readonly container: string
  readonly disk: string
  readonly directory: string // of this machine's things on the host, such as developers' clones
  address = ''

  constructor(name: string) {
    this.name = name
    this.container = `bpt-vm-${name}`
    this.disk = `bpt-vm-${name}`
    this.directory = join(cache, name)
  }

  sh(script: string, options: ShellOptions = {}): Promise<Ended> {
    const { input, timeoutMs = 60_000 } = options
    const patience = ['timeout', '-k', '2', `${timeoutMs / 1000}`]
    return tried([...this.#exec(options.as), ...patience, 'bash', '-c', script], { input, timeoutMs: timeoutMs + 5000 })
  }

  async run(script: string, options: ShellOptions = {}): Promise<Ended> {
    return succeeded(await this.sh(script, options), `${this.name}, ${options.as ?? 'root'}: ${script}`)
  }

  // Ending the child ends only this side of it; what runs on the machine runs on.
  spawn(script: string, { as }: { as?: string } = {}): ChildProcess {
    return spawn(client, [...this.#exec(as), 'bash', '-c', script], { stdio: 'pipe' })
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
      client,
      hostPath,
      this.container,
      vmPath,
      posix.dirname(vmPath),
    ]
    succeeded(await command(argv), `copy ${hostPath} to ${vmPath} of ${this.name}`)
  }

  async writeFile(path: string, text: string, { owner = 'root:root', mode = '644' }: FileOptions = {}): Promise<void> {
    const script = `mkdir -p '${posix.dirname(path)}' && cat > '${path}' && chown ${owner} '${path}' && chmod ${mode} '${path}'`
    await this.run(script, { input: text })
  }

  // A script is polled on the machine until it exits 0, a function here until it gives true.
  async waitFor(condition: string | Condition, patience: Patience): Promise<void> {
    const { timeoutMs = 60_000, what } = patience
    if (typeof condition !== 'string') return until(condition, patience)
    const poll = `until { ${condition}\n} > "$0" 2>&1; do sleep 0.05; done`
    const seen = `/tmp/waiting-for-${Math.random().toString(36).slice(2)}`
    const { code } = await tried([...this.#exec(), 'timeout', `${timeoutMs / 1000}`, 'bash', '-c', poll, seen])
    const last = (await this.sh(`cat ${seen} 2>/dev/null; rm -f ${seen}`)).stdout
    if (code !== 0) throw new Error(`Not within ${timeoutMs} ms: ${what}. It last said: ${last.trim() || 'nothing'}`)
  }

  // A file is read as it grows, until a line of it matches; it may not be there yet.
  async reads(path: string, line: string, { what, timeoutMs = 60_000 }: Patience): Promise<void> {
    await this.#hears(`tail -n +1 -F '${path}'`, line, { what, timeoutMs })
  }

  // Runs a script and resolves when a unit, or systemd about it, has since said a line that matches.
  async says(script: string, unit: string, line: string, { what, timeoutMs = 60_000 }: Patience): Promise<void> {
    const cursor = "cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')"
    const journal = `journalctl -u ${unit} -o cat -n all -f --after-cursor "$cursor"`
    await this.#hears(journal, line, { what, timeoutMs }, `${cursor}\n${script}`)
  }

  async #hears(stream: string, line: string, { what, timeoutMs }: Required<Patience>, first = ':'): Promise<void> {
    const script = `${first}\ngrep -q -m 1 -E '${line}' < <(exec ${stream} 2>/dev/null)`
    const { code, stderr } = await this.sh(script, { timeoutMs })
    if (code !== 0) throw new Error(`Not within ${timeoutMs} ms: ${what}. ${stderr.trim()}`)
  }

  // The power is cut: nothing is stopped, everything is gone at once, the disks stay.
  async kill(): Promise<void> {
    await docker(['kill', this.container])
    await docker(['wait', this.container])
  }

  async boot(): Promise<void> {
    await docker(['start', this.container])
    await this.booted()
  }

  async booted(): Promise<void> {
    await ready(this.container)
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
    this.address = await docker(['inspect', '--format', format, this.container])
  }

  async destroy(): Promise<void> {
    await tried(['rm', '-fv', this.container])
    await tried(['volume', 'rm', '-f', this.disk])
    await rm(this.directory, { recursive: true, force: true })
  }

  #exec(user = 'root'): string[] {
    const home = user === 'root' ? '/root' : `/home/${user}`
    return ['exec', '-i', '-u', user, '-w', home, '-e', `USER=${user}`, this.container]
  }
}
