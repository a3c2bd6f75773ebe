// A program that a person runs on the machine, watched while it runs.
import { EventEmitter, once } from 'node:events'
import { type CommandResult, waitForExit } from '../../vm/command.ts'
import type { Vm } from '../../vm/vm.ts'

export interface RunningCommand {
  /** What it printed and how it ended. */
  readonly result: Promise<CommandResult>
  /** Resolves when its standard output has this in it. */
  waitForOutput(text: string): Promise<void>
  signal(name: 'INT' | 'STOP' | 'CONT' | 'KILL'): Promise<void>
}

export function startCommand(vm: Vm, person: string, command: string): RunningCommand {
  const child = vm.spawn(`echo $$; exec ${command}`, { as: person })
  const heard = new EventEmitter()
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text = (text + chunk).slice(-100_000)
    heard.emit('more')
  })
  const pid = once(heard, 'more').then(() => Number.parseInt(text, 10))
  const result = waitForExit(child).then((all) => ({ ...all, stdout: all.stdout.slice(all.stdout.indexOf('\n') + 1) }))
  return {
    result,
    async waitForOutput(wanted) {
      while (!text.includes(wanted)) {
        const over = result.then(({ stdout, stderr }) =>
          Promise.reject(new Error(`${command} ended: ${stdout}${stderr}`)),
        )
        await Promise.race([once(heard, 'more'), over])
      }
    },
    async signal(name) {
      await vm.run(`kill -${name} ${await pid}`)
    },
  }
}
