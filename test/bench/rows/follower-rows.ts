// Measures the rows of a build that prints a lot: without followers, and with many, one of which has stopped reading.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildCheckpoints,
  liftBuildLogLimit,
  openBuildCheckpoint,
  waitUntilBuildHeld,
} from '../../e2e/support/held-build.ts'
import { measureInTurns } from '../measure/turns.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type BenchRow, medianRow, ratioRow, valueRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

const followerCount = 10
/** BuildKit itself passes on far fewer bytes in a second if the lines are shorter. */
const lineBytes = 1000
const rounds = 5
const timeoutMs = 1_200_000

type Candidate = 'alone' | 'followed'

export async function measureFollowedBuild(benchSite: BenchSite, megabytes: number): Promise<BenchRow[]> {
  const { site } = benchSite
  const { vm } = site
  const lineCount = (megabytes * 1_000_000) / lineBytes
  await liftBuildLogLimit(vm)
  const countLostLines = await copyProgram(vm, 'count-lost-lines.ts')
  const waitForLogEnd = await copyProgram(vm, 'wait-for-log-end.ts')
  const followDeploy = await copyProgram(vm, 'follow-deploy.ts')
  const pid = (await vm.run('systemctl restart bpt-deployer; systemctl show -P MainPID bpt-deployer')).stdout.trim()
  const peakMemoryMiB: Record<Candidate, number[]> = { alone: [], followed: [] }
  let lostLines = 0

  const build = async (candidate: Candidate) => {
    // 5 resets the peak resident set size (VmHWM), see proc_pid_clear_refs(5).
    await vm.run(`echo 5 > /proc/${pid}/clear_refs`)
    await pushLoudBuild(benchSite, lineCount)
    await vm.run('bptctl deploy --no-follow main', { as: 'ada' })
    const [deploy] = await site.history()
    if (!deploy) throw new Error('the deploy with the loud build was not accepted')
    await site.waitForLogLine(deploy.id, 'loud 00000001', { expectation: 'the build prints', timeoutMs })
    const followers = candidate === 'followed' ? vm.spawn(`exec ${followDeploy} ${deploy.id} ${followerCount}`) : null
    const lastLine = `loud ${String(lineCount).padStart(8, '0')}`
    await waitUntilBuildHeld('second', timeoutMs)
    // The program reads only the end of the log: reading the whole log would slow the agent that is measured.
    await vm.run(`${waitForLogEnd} '${deploy.log}' '${lastLine}' ${lineBytes * 4}`, { timeoutMs })
    const count = await vm.run(`${countLostLines} '${deploy.log}' ${lineCount} ${lineBytes}`, { timeoutMs })
    const { lost, printMs } = JSON.parse(count.stdout)
    lostLines += lost
    // The build is held until here: BuildKit drops the output that it has not passed on when a build ends.
    await openBuildCheckpoint('second')
    await site.waitUntilIdle()
    followers?.stdin?.end()
    const peakKibibytes = (await vm.run(`awk '/VmHWM/ { print $2 }' /proc/${pid}/status`)).stdout
    peakMemoryMiB[candidate].push(Number(peakKibibytes) / 1024)
    await vm.run(`rm -f '${deploy.log}'`)
    return printMs
  }

  await benchSite.setPushReceiver('none')
  const candidates = { alone: () => build('alone'), followed: () => build('followed') }
  const { alone, followed } = await measureInTurns(candidates, rounds)
  await benchSite.setPushReceiver('agent')
  const workload = `a build prints ${megabytes} MB to ${followerCount} followers, one stalled`
  return [
    valueRow(workload, 'lines missing in the log', lostLines, 'lines', { target: 0 }),
    medianRow(workload, 'first line to last, without followers', alone),
    medianRow(workload, 'first line to last, followed', followed),
    ratioRow(workload, 'followed / without followers', followed, alone, { target: 1.05 }),
    valueRow(workload, 'peak memory of the agent, without followers', Math.max(...peakMemoryMiB.alone), 'MiB'),
    valueRow(workload, 'peak memory of the agent, followed', Math.max(...peakMemoryMiB.followed), 'MiB', {
      target: 150,
    }),
  ]
}

/** Pushes a build that prints numbered lines as fast as it can, and then is held at the second checkpoint. */
async function pushLoudBuild(benchSite: BenchSite, lineCount: number): Promise<void> {
  const { ada } = benchSite.site
  const { version } = await benchSite.commitNewVersion()
  const dockerfile = await readFile(join(ada.directory, 'Dockerfile'), 'utf8')
  const keptLines = dockerfile.split('\n').filter((line) => line && !/awk|^CMD/.test(line))
  const print = `awk 'BEGIN { for (n = 1; n <= ${lineCount}; n++) printf "loud %08d %0${lineBytes - 15}d\\n", n, n }'`
  const run = `RUN exec 2> /dev/null; ${print}; ${buildCheckpoints.second.waitCommand(ada.vm)} && echo ${version}`
  await ada.commit({ Dockerfile: [...keptLines, run, 'CMD ["node", "server.js"]', ''].join('\n') }, 'Print a lot')
  await benchSite.push()
}
