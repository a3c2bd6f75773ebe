// Where the demo plays: the machine, ada's clone, and a visitor of port 80. What is not as told ends the demo.
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { developer } from '../vm/developer.ts'
import { keyOf } from '../vm/keys.ts'
import type { Vm } from '../vm/vm.ts'
import { prompt, type Shown, show, tell } from './terminal.ts'

const patience = 10_000

export class Stage {
  readonly vm: Vm
  /** ada's clone of the reference stack. */
  readonly clone: string
  /** For `ssh -F`: makes ssh find the machine by the name production. */
  readonly sshConfig: string

  private constructor(vm: Vm, clone: string, sshConfig: string) {
    this.vm = vm
    this.clone = clone
    this.sshConfig = sshConfig
  }

  static async set(vm: Vm): Promise<Stage> {
    const ada = await developer(vm, 'ada')
    await ada.git('remote', 'remove', 'production')
    const sshConfig = join(vm.directory, 'ssh_config')
    await writeFile(sshConfig, sshSettings(vm.address))
    // So that git finds the machine too, for whoever pushes from the clone by hand.
    await ada.git('config', 'core.sshCommand', `ssh -F '${sshConfig}'`)
    return new Stage(vm, ada.directory, sshConfig)
  }

  /** A command line as root on the machine. */
  async root(line: string): Promise<Shown> {
    return well(line, await show(line, this.vm.spawn(line)))
  }

  /** A command line in ada's clone. */
  async ada(line: string): Promise<Shown> {
    // Neither the settings nor the hooks of whoever runs the demo take part.
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_SSH_COMMAND: undefined }
    const child = spawn('sh', ['-c', line], { cwd: this.clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return well(line, await show(line, child))
  }

  /** A push of ada's, after which the pusher has to read this. */
  async push(line: string, says: RegExp): Promise<void> {
    const { output } = await this.ada(line)
    if (!says.test(output)) throw new Error(`The push should have said ${says}.`)
  }

  /** A command line as ada on the machine, through ssh. */
  async ssh(command: string): Promise<Shown> {
    const line = `ssh ada@production ${command}`
    const argv = ['-F', this.sshConfig, 'ada@production', command]
    return well(line, await show(line, spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'pipe'] })))
  }

  /** Port 80, which has to answer with this version. */
  async visit(version: string): Promise<void> {
    const url = `http://${this.vm.address}/`
    prompt(`curl ${url}`)
    const text = await page(url)
    tell(text.trimEnd())
    if (!text.split('\n').includes(`version: ${version}`)) throw new Error(`Version ${version} should have answered.`)
  }
}

function well(line: string, shown: Shown): Shown {
  if (shown.code !== 0) throw new Error(`This command should not have failed (exit ${shown.code}): ${line}`)
  return shown
}

/** What curl would print; a bare machine has no curl. */
function page(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get(url, { agent: false, timeout: patience }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('error', reject)
    response.on('end', () => resolve(text))
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${patience / 1000} s`)))
  request.on('error', (cause) => reject(new Error(`${url} does not answer: ${cause.message}`, { cause })))
  return promise
}

function sshSettings(address: string): string {
  const settings = [
    `HostName ${address}`,
    'User ada',
    `IdentityFile "${keyOf('ada')}"`,
    'IdentitiesOnly yes',
    'BatchMode yes',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'LogLevel ERROR',
    'ConnectTimeout 10',
  ]
  return `Host production\n${settings.map((setting) => `  ${setting}\n`).join('')}`
}
