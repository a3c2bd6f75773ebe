// Controls the demo's server and ada's clone. Each method prints a command and throws if its result is not as expected.
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
  /** File for `ssh -F`, in which the host `production` is the VM. */
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
    // Users push by hand from the clone after the demo.
    await ada.git('config', 'core.sshCommand', `ssh -F '${sshConfig}'`)
    return new DemoSite(vm, ada.directory, sshConfig)
  }

  /** Runs a command as root on the server. */
  async runAsRoot(line: string): Promise<CommandOutput> {
    return assertExitZero(line, await showCommand(line, this.vm.spawn(line)))
  }

  /** Runs a command in ada's clone. */
  async runInClone(line: string): Promise<CommandOutput> {
    // The git settings and hooks of the user who runs the demo must not influence it.
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_SSH_COMMAND: undefined }
    const child = spawn('sh', ['-c', line], { cwd: this.clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return assertExitZero(line, await showCommand(line, child))
  }

  /** Pushes from ada's clone and expects output that matches. */
  async pushAndExpect(line: string, expected: RegExp): Promise<void> {
    const { output } = await this.runInClone(line)
    if (!expected.test(output)) throw new Error(`The output of the push does not match ${expected}.`)
  }

  /** Runs a command as ada on the server by ssh. */
  async runAsAda(command: string): Promise<CommandOutput> {
    // The path of the settings makes the printed line one that can be copied.
    const line = `ssh -F ${this.sshConfig} production ${command}`
    const argv = ['-F', this.sshConfig, 'production', command]
    return assertExitZero(line, await showCommand(line, spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'pipe'] })))
  }

  /** Requests port 80 and expects an answer of this version. */
  async expectVersion(version: string): Promise<void> {
    const url = `http://${this.vm.address}/`
    printPrompt(`curl ${url}`)
    const text = await fetchPage(url)
    printLines(text.trimEnd())
    if (!text.split('\n').includes(`version: ${version}`))
      throw new Error(`The server does not answer with version ${version}.`)
  }
}

function assertExitZero(line: string, result: CommandOutput): CommandOutput {
  if (result.code !== 0) throw new Error(`This command failed with exit ${result.code}: ${line}`)
  return result
}

/** Does what curl does: the host may have no curl. */
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
