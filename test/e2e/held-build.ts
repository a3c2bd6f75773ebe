// Builds that wait at a gate until the test lets them through, so that no test depends on who is faster.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Developer } from '../vm/developer.ts'
import type { Vm } from '../vm/vm.ts'
import { gate, openings, openUntilIdle } from './gate.ts'

/** Lines of 100 bytes that a loud build prints. */
export const loudLines = 100_000

export const gates = { first: gate('first'), second: gate('second') }

/** Commits a build that waits at the first gate. */
export function heldBuild(dev: Developer, name: string): Promise<string> {
  return commit(dev, name, `${gates.first.script}; echo ${name} is through`)
}

/** Commits a build that waits at the first gate, prints numbered lines, 10 MB of them, and waits at the second one. */
export function loudBuild(dev: Developer, name: string, lines = loudLines): Promise<string> {
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "loud %06d %088d\\n", n, n }'`
  return commit(
    dev,
    name,
    `exec 2> /dev/null; ${gates.first.script}; ${print}; ${gates.second.script}; echo ${name} is through`,
  )
}

export function atGate(vm: Vm, gate: keyof typeof gates = 'first'): Promise<void> {
  return vm.waitFor(`pgrep -xf '${gates[gate].reader}'`, { what: `a build waits at its ${gate} gate` })
}

/** Resolves when no build is left at the first gate, wherever what it belonged to has gone. */
export function gone(vm: Vm): Promise<void> {
  return vm.waitFor(`! pgrep -xf '${gates.first.reader}'`, { what: 'no process of a build is left' })
}

export async function open(vm: Vm, gate: keyof typeof gates = 'first'): Promise<void> {
  await atGate(vm, gate)
  await vm.run(openings(gates[gate]))
}

/** Opens first gates until no deploy is left: a build that was cut off may still stand at its own. */
export function openAll(vm: Vm): Promise<void> {
  return openUntilIdle(vm, gates.first)
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
  const lines = dockerfile.split('\n').filter((line) => !line.includes(gates.first.reader) && !line.startsWith('CMD'))
  return dev.commit({ Dockerfile: [...lines, `RUN ${script}`, 'CMD ["node", "server.js"]', ''].join('\n') }, name)
}
