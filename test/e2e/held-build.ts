// Builds that wait at a gate until the test lets them through, so that no test depends on who is faster.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Developer } from '../vm/developer.ts'
import type { Vm } from '../vm/vm.ts'

/** Lines of 100 bytes that a loud build prints. */
export const loudLines = 100_000

// A gate is a process of the build that sleeps; to kill it opens the gate.
const gates = { first: 'sleep 86401', second: 'sleep 86402' }

/** Commits a build that waits at the first gate. */
export function heldBuild(dev: Developer, name: string): Promise<string> {
  return commit(dev, name, `${gates.first}; echo ${name} is through`)
}

/** Commits a build that waits at the first gate, prints numbered lines, 10 MB of them, and waits at the second one. */
export function loudBuild(dev: Developer, name: string, lines = loudLines): Promise<string> {
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "loud %06d %088d\\n", n, n }'`
  return commit(dev, name, `${gates.first}; ${print}; ${gates.second}; echo ${name} is through`)
}

export function atGate(vm: Vm, gate: keyof typeof gates = 'first'): Promise<void> {
  return vm.waitFor(`pgrep -xf '${gates[gate]}'`, { what: `a build waits at its ${gate} gate` })
}

export async function open(vm: Vm, gate: keyof typeof gates = 'first'): Promise<void> {
  await atGate(vm, gate)
  await vm.run(`kill $(pgrep -xf '${gates[gate]}')`)
}

/** Opens first gates until no deploy is left: a build that was cut off may still stand at its own. */
export function openAll(vm: Vm): Promise<void> {
  const idle = "bptctl status --json | jq -e '.running == null and .waitingCount == 0'"
  return vm.waitFor(`pkill -xf '${gates.first}'; ${idle}`, { what: 'all deploys have ended', timeoutMs: 60_000 })
}

/** BuildKit by itself cuts off what a step prints beyond 2 MiB. */
export async function letBuildsPrint(vm: Vm): Promise<void> {
  const limits = 'Environment=BUILDKIT_STEP_LOG_MAX_SIZE=-1 BUILDKIT_STEP_LOG_MAX_SPEED=-1'
  await vm.writeFile('/etc/systemd/system/docker.service.d/loud.conf', `[Service]\n${limits}\n`)
  await vm.run('systemctl daemon-reload && systemctl restart docker')
}

/** The numbers that a loud build has printed, in the order of a text. BuildKit may break a line in two, git pads all. */
export function numbers(text: string): number[] {
  const lines = text.split('\n').map((line) => line.replace(/ {8}$/, ''))
  const printed = lines.map((line) => /#\d+ (?:\d+\.\d+ )?([loud 0-9]*)$/.exec(line)?.[1] ?? '')
  const found = printed.join('').matchAll(/loud (\d{6}) 0+(\d+)/g)
  return [...found].flatMap(([, a, b]) => (Number(a) === Number(b) ? Number(a) : []))
}

async function commit(dev: Developer, name: string, script: string): Promise<string> {
  const dockerfile = await readFile(join(dev.directory, 'Dockerfile'), 'utf8')
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('RUN sleep') && !line.startsWith('CMD'))
  return dev.commit({ Dockerfile: [...lines, `RUN ${script}`, 'CMD ["node", "server.js"]', ''].join('\n') }, name)
}
