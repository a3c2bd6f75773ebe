// Runs a command in a VM as a user does, and follows it while it runs.
import { EventEmitter, once } from 'node:events'
import { type CommandResult, waitForExit } from '../../vm/command.ts'
import type { Vm } from '../../vm/vm.ts'

export interface RunningCommand {
  readonly result: Promise<CommandResult>
  /** Resolves when the standard output contains the text; rejects if the command ends before. */
  waitForOutput(text: string): Promise<void>
  signal(name: 'INT' | 'STOP' | 'CONT' | 'KILL'): Promise<void>
}

export function startCommand(vm: Vm, user: string, command: string): RunningCommand {
  // The first line is the process id, for signals.
  const child = vm.spawn(`echo $$; exec ${command}`, { as: user })
  const output = new EventEmitter()
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text = (text + chunk).slice(-100_000)
    output.emit('data')
  })
  const pid = once(output, 'data').then(() => Number.parseInt(text, 10))
  const result = waitForExit(child).then(({ stdout, ...rest }) => ({
    ...rest,
    stdout: stdout.slice(stdout.indexOf('\n') + 1),
  }))
  const rejectAtEnd = () =>
    result.then(({ stdout, stderr }) => Promise.reject(new Error(`${command} ended: ${stdout}${stderr}`)))
  return {
    result,
    async waitForOutput(expected) {
      while (!text.includes(expected)) await Promise.race([once(output, 'data'), rejectAtEnd()])
    },
    async signal(name) {
      await vm.run(`kill -${name} ${await pid}`)
    },
  }
}
