// Builds that wait at a gate until the test lets them through, so that no test depends on who is faster.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Developer } from '../../vm/developer.ts'
import type { Vm } from '../../vm/vm.ts'
import { Gate } from './checkpoint.ts'
import type { Site } from './site.ts'

/** Lines of 100 bytes that a loud build prints. */
export const loudLines = 100_000

export const gates = { first: await Gate.made(), second: await Gate.made() }

/** Commits a build that waits at the first gate. */
export function heldBuild(dev: Developer, name: string): Promise<string> {
  return commit(dev, name, `${gates.first.command(dev.vm)} && echo ${name} is through`)
}

/** Commits a build that waits at the first gate, prints numbered lines, 10 MB of them, and waits at the second one. */
export function loudBuild(dev: Developer, name: string, lines = loudLines): Promise<string> {
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "loud %06d %088d\\n", n, n }'`
  const waits = [gates.first.command(dev.vm), gates.second.command(dev.vm)]
  return commit(dev, name, `exec 2> /dev/null; ${waits.join(` && ${print} && `)} && echo ${name} is through`)
}

export function atGate(gate: keyof typeof gates = 'first', timeoutMs?: number): Promise<void> {
  return gates[gate].reached({ what: `a build waits at the ${gate} gate`, timeoutMs })
}

/** Resolves when no process of a build is left that came to the first gate, wherever what it belonged to has gone. */
export function gone(): Promise<void> {
  return gates.first.left({ what: 'no process of a build is left' })
}

export async function open(gate: keyof typeof gates = 'first'): Promise<void> {
  await atGate(gate)
  gates[gate].open()
}

/** Holds the first gate open until no deploy is left: a build that was cut off begins again, and comes to it again. */
export async function openAll(here: Site): Promise<void> {
  using _ = gates.first.wide()
  await here.idle()
}

/** BuildKit by itself cuts off what a step prints beyond 2 MiB. */
export async function letBuildsPrint(vm: Vm): Promise<void> {
  const limits = 'Environment=BUILDKIT_STEP_LOG_MAX_SIZE=-1 BUILDKIT_STEP_LOG_MAX_SPEED=-1'
  await vm.writeFile('/etc/systemd/system/docker.service.d/loud.conf', `[Service]\n${limits}\n`)
  await vm.run('systemctl daemon-reload && systemctl restart docker')
}

/** The numbers that a loud build has printed, in the order of a text. BuildKit may break a line in two, git pads all. */
export function numbers(text: string): number[] {
  const printed = text.split('\n').map((line) =>
    line
      .replace(/ {8}$/, '')
      .replace(/^(?:\d\d:\d\d:\d\d\.\d{3} )?(?:remote:)?\s*/, '')
      .replace(/^#\d+ (?:\d+\.\d+ )?/, ''),
  )
  const loud = printed.filter((piece) => /^[loud 0-9]*$/.test(piece)).join('')
  return [...loud.matchAll(/loud *(\d{6}) *0+(\d+)/g)].flatMap(([, a, b]) => (Number(a) === Number(b) ? Number(a) : []))
}

async function commit(dev: Developer, name: string, script: string): Promise<string> {
  const dockerfile = await readFile(join(dev.directory, 'Dockerfile'), 'utf8')
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.includes(gates.first.command(dev.vm)) && !line.startsWith('CMD'))
  return dev.commit({ Dockerfile: [...lines, `RUN ${script}`, 'CMD ["node", "server.js"]', ''].join('\n') }, name)
}
