// Commits builds that wait at a checkpoint until the test opens it, so that no test depends on timing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Developer } from '../../vm/developer.ts'
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'
import type { Site } from './site.ts'

/** Lines of 100 bytes that a verbose build prints. */
export const verboseLineCount = 100_000

export const buildCheckpoints = { first: await Checkpoint.create(), second: await Checkpoint.create() }

type CheckpointName = keyof typeof buildCheckpoints

/** Commits a build that waits at the first checkpoint. */
export function commitHeldBuild(dev: Developer, name: string): Promise<string> {
  return commitBuildStep(dev, name, `${buildCheckpoints.first.waitCommand(dev.vm)} && echo ${name} is through`)
}

/** Commits a build that waits at the first checkpoint, prints 10 MB of numbered lines and waits at the second one. */
export function commitVerboseBuild(dev: Developer, name: string, lines = verboseLineCount): Promise<string> {
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "line %06d %088d\\n", n, n }'`
  const waits = [buildCheckpoints.first.waitCommand(dev.vm), buildCheckpoints.second.waitCommand(dev.vm)]
  return commitBuildStep(dev, name, `exec 2> /dev/null; ${waits.join(` && ${print} && `)} && echo ${name} is through`)
}

export function waitUntilBuildHeld(checkpoint: CheckpointName = 'first', timeoutMs?: number): Promise<void> {
  const expectation = `a build waits at the ${checkpoint} checkpoint`
  return buildCheckpoints[checkpoint].waitUntilReached({ expectation, timeoutMs })
}

/** Resolves when all processes of builds that came to the first checkpoint have ended. */
export function waitUntilBuildsEnded(): Promise<void> {
  return buildCheckpoints.first.waitUntilLeft({ expectation: 'no process of a build is left' })
}

export async function openBuildCheckpoint(checkpoint: CheckpointName = 'first'): Promise<void> {
  await waitUntilBuildHeld(checkpoint)
  buildCheckpoints[checkpoint].open()
}

/** Keeps the first checkpoint open until no deploy runs or waits: an interrupted build comes there a second time. */
export async function openBuildCheckpointUntilIdle(site: Site): Promise<void> {
  using _ = buildCheckpoints.first.keepOpen()
  await site.waitUntilIdle()
}

/** Lifts BuildKit's limit, which cuts off the output of a step after 2 MiB. */
export async function liftBuildLogLimit(vm: Vm): Promise<void> {
  const limits = 'Environment=BUILDKIT_STEP_LOG_MAX_SIZE=-1 BUILDKIT_STEP_LOG_MAX_SPEED=-1'
  await vm.writeFile('/etc/systemd/system/docker.service.d/build-log-limit.conf', `[Service]\n${limits}\n`)
  await vm.run('systemctl daemon-reload && systemctl restart docker')
}

/**
 * Finds the numbers that a verbose build has printed, in the order of the text. BuildKit may break a line in two, and
 * git pads every line with spaces.
 */
export function findPrintedNumbers(text: string): number[] {
  const pieces = text.split('\n').map((line) =>
    line
      .replace(/ {8}$/, '')
      .replace(/^(?:\d\d:\d\d:\d\d\.\d{3} )?(?:remote:)?\s*/, '')
      .replace(/^#\d+ (?:\d+\.\d+ )?/, ''),
  )
  const printed = pieces.filter((piece) => /^[line 0-9]*$/.test(piece)).join('')
  const pairs = printed.matchAll(/line *(\d{6}) *0+(\d+)/g)
  return [...pairs].flatMap(([, a, b]) => (Number(a) === Number(b) ? Number(a) : []))
}

async function commitBuildStep(dev: Developer, name: string, script: string): Promise<string> {
  const dockerfile = await readFile(join(dev.directory, 'Dockerfile'), 'utf8')
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.includes(buildCheckpoints.first.waitCommand(dev.vm)) && !line.startsWith('CMD'))
  return dev.commit({ Dockerfile: [...lines, `RUN ${script}`, 'CMD ["node", "server.js"]', ''].join('\n') }, name)
}
