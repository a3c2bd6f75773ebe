// A program that a person runs on the machine, watched while it runs.
import { EventEmitter, once } from 'node:events'
import { type Ended, ended } from '../../vm/command.ts'
import type { Vm } from '../../vm/vm.ts'

export interface Client {
  /** What it printed and how it ended. */
  readonly end: Promise<Ended>
  /** Resolves when its standard output has this in it. */
  prints(text: string): Promise<void>
  signal(name: 'INT' | 'STOP' | 'CONT' | 'KILL'): Promise<void>
}

export function client(vm: Vm, person: string, command: string): Client {
  const child = vm.spawn(`echo $$; exec ${command}`, { as: person })
  const heard = new EventEmitter()
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text = (text + chunk).slice(-100_000)
    heard.emit('more')
  })
  const pid = once(heard, 'more').then(() => Number.parseInt(text, 10))
  const end = ended(child).then((all) => ({ ...all, stdout: all.stdout.slice(all.stdout.indexOf('\n') + 1) }))
  return {
    end,
    async prints(wanted) {
      while (!text.includes(wanted)) {
        const over = end.then(({ stdout, stderr }) => Promise.reject(new Error(`${command} ended: ${stdout}${stderr}`)))
        await Promise.race([once(heard, 'more'), over])
      }
    },
    async signal(name) {
      await vm.run(`kill -${name} ${await pid}`)
    },
  }
}
