// How long a program of the agent's size is held up when it starts a command, by Node's spawn and by the agent's in turn.
// Prints the milliseconds of both, start by start: node start-command.ts <the agent's child.ts> <rounds>
import { spawn } from 'node:child_process'
import { once } from 'node:events'

type Child = typeof import('../../agent/adapters/host/child-process.ts')

const [, , path = '', rounds = '0'] = process.argv
const { spawn: start }: Child = await import(path)

/** The agent's memory that is its own, MiB: what a fork copies the page tables of. */
const held = Array.from({ length: 27 }, () => Buffer.alloc(1024 * 1024, 1))

const taken = { node: [] as number[], agent: [] as number[] }
for (let round = 0; round < Number(rounds); round++) {
  const began = performance.now()
  const node = spawn('true')
  taken.node.push(performance.now() - began)
  await once(node, 'close')
  const again = performance.now()
  const agent = start('true', [], { cwd: '/', env: process.env })
  taken.agent.push(performance.now() - again)
  await agent.exit
  for (const part of held) part.fill(round)
}
console.log(JSON.stringify(taken))
