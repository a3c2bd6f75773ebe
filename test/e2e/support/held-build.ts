// Builds that wait at a gate until the test lets them through, so that no test depends on who is faster.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Developer } from '../../vm/developer.ts'
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'
import type { Site } from './site.ts'

/** Lines of 100 bytes that a loud build prints. */
export const verboseLineCount = 100_000

export const buildCheckpoints = { first: await Checkpoint.create(), second: await Checkpoint.create() }

/** Commits a build that waits at the first gate. */
export function commitHeldBuild(dev: Developer, name: string): Promise<string> {
  return commitBuildStep(dev, name, `${buildCheckpoints.first.waitCommand(dev.vm)} && echo ${name} is through`)
}

/** Commits a build that waits at the first gate, prints numbered lines, 10 MB of them, and waits at the second one. */
export function commitVerboseBuild(dev: Developer, name: string, lines = verboseLineCount): Promise<string> {
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "loud %06d %088d\\n", n, n }'`
  const waits = [buildCheckpoints.first.waitCommand(dev.vm), buildCheckpoints.second.waitCommand(dev.vm)]
  return commitBuildStep(dev, name, `exec 2> /dev/null; ${waits.join(` && ${print} && `)} && echo ${name} is through`)
}

export function waitUntilBuildHeld(gate: keyof typeof buildCheckpoints = 'first', timeoutMs?: number): Promise<void> {
  return buildCheckpoints[gate].waitUntilReached({ expectation: `a build waits at the ${gate} gate`, timeoutMs })
}

/** Resolves when no process of a build is left that came to the first gate, wherever what it belonged to has gone. */
export function waitUntilBuildsEnded(): Promise<void> {
  return buildCheckpoints.first.waitUntilLeft({ expectation: 'no process of a build is left' })
}

export async function openBuildCheckpoint(gate: keyof typeof buildCheckpoints = 'first'): Promise<void> {
  await waitUntilBuildHeld(gate)
  buildCheckpoints[gate].open()
}

/** Holds the first gate open until no deploy is left: a build that was cut off begins again, and comes to it again. */
export async function openBuildCheckpointUntilIdle(here: Site): Promise<void> {
  using _ = buildCheckpoints.first.keepOpen()
  await here.waitUntilIdle()
}

/** BuildKit by itself cuts off what a step prints beyond 2 MiB. */
export async function liftBuildLogLimit(vm: Vm): Promise<void> {
  const limits = 'Environment=BUILDKIT_STEP_LOG_MAX_SIZE=-1 BUILDKIT_STEP_LOG_MAX_SPEED=-1'
  await vm.writeFile('/etc/systemd/system/docker.service.d/loud.conf', `[Service]\n${limits}\n`)
  await vm.run('systemctl daemon-reload && systemctl restart docker')
}

/** The numbers that a loud build has printed, in the order of a text. BuildKit may break a line in two, git pads all. */
export function findPrintedNumbers(text: string): number[] {
  const printed = text.split('\n').map((line) =>
    line
      .replace(/ {8}$/, '')
      .replace(/^(?:\d\d:\d\d:\d\d\.\d{3} )?(?:remote:)?\s*/, '')
      .replace(/^#\d+ (?:\d+\.\d+ )?/, ''),
  )
  const loud = printed.filter((piece) => /^[loud 0-9]*$/.test(piece)).join('')
  return [...loud.matchAll(/loud *(\d{6}) *0+(\d+)/g)].flatMap(([, a, b]) => (Number(a) === Number(b) ? Number(a) : []))
}

async function commitBuildStep(dev: Developer, name: string, script: string): Promise<string> {
  const dockerfile = await readFile(join(dev.directory, 'Dockerfile'), 'utf8')
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.includes(buildCheckpoints.first.waitCommand(dev.vm)) && !line.startsWith('CMD'))
  return dev.commit({ Dockerfile: [...lines, `RUN ${script}`, 'CMD ["node", "server.js"]', ''].join('\n') }, name)
}
