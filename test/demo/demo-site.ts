// Where the demo plays: the machine, ada's clone, and a visitor of port 80. What is not as told ends the demo.
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { createDeveloper } from '../vm/developer.ts'
import { privateKeyPath } from '../vm/keys.ts'
import type { Vm } from '../vm/vm.ts'
import { type CommandOutput, printLines, printPrompt, showCommand } from './terminal.ts'

const answerTimeoutMs = 10_000

export class DemoSite {
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

  static async create(vm: Vm): Promise<DemoSite> {
    const ada = await createDeveloper(vm, 'ada')
    await ada.git('remote', 'remove', 'production')
    const sshConfig = join(vm.hostDirectory, 'ssh_config')
    await writeFile(sshConfig, sshSettings(vm.address))
    // So that git finds the machine too, for whoever pushes from the clone by hand.
    await ada.git('config', 'core.sshCommand', `ssh -F '${sshConfig}'`)
    return new DemoSite(vm, ada.directory, sshConfig)
  }

  /** A command line as root on the machine. */
  async runAsRoot(line: string): Promise<CommandOutput> {
    return assertExitZero(line, await showCommand(line, this.vm.spawn(line)))
  }

  /** A command line in ada's clone. */
  async runInClone(line: string): Promise<CommandOutput> {
    // Neither the settings nor the hooks of whoever runs the demo take part.
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_SSH_COMMAND: undefined }
    const child = spawn('sh', ['-c', line], { cwd: this.clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return assertExitZero(line, await showCommand(line, child))
  }

  /** A push of ada's, after which the pusher has to read this. */
  async pushAndExpect(line: string, says: RegExp): Promise<void> {
    const { output } = await this.runInClone(line)
    if (!says.test(output)) throw new Error(`The push should have said ${says}.`)
  }

  /** A command line as ada on the machine, through ssh. */
  async runAsAda(command: string): Promise<CommandOutput> {
    const line = `ssh ada@production ${command}`
    const argv = ['-F', this.sshConfig, 'ada@production', command]
    return assertExitZero(line, await showCommand(line, spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'pipe'] })))
  }

  /** Port 80, which has to answer with this version. */
  async expectVersion(version: string): Promise<void> {
    const url = `http://${this.vm.address}/`
    printPrompt(`curl ${url}`)
    const text = await fetchPage(url)
    printLines(text.trimEnd())
    if (!text.split('\n').includes(`version: ${version}`)) throw new Error(`Version ${version} should have answered.`)
  }
}

function assertExitZero(line: string, shown: CommandOutput): CommandOutput {
  if (shown.code !== 0) throw new Error(`This command should not have failed (exit ${shown.code}): ${line}`)
  return shown
}

/** What curl would print; a bare machine has no curl. */
function fetchPage(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get(url, { agent: false, timeout: answerTimeoutMs }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('error', reject)
    response.on('end', () => resolve(text))
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)))
  request.on('error', (cause) => reject(new Error(`${url} does not answer: ${cause.message}`, { cause })))
  return promise
}

function sshSettings(address: string): string {
  const settings = [
    `HostName ${address}`,
    'User ada',
    `IdentityFile "${privateKeyPath('ada')}"`,
    'IdentitiesOnly yes',
    'BatchMode yes',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'LogLevel ERROR',
    'ConnectTimeout 10',
  ]
  return `Host production\n${settings.map((setting) => `  ${setting}\n`).join('')}`
}
