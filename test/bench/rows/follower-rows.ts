// A loud build, with nobody who looks on and with many who do, one of whom has stopped reading.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildCheckpoints,
  liftBuildLogLimit,
  openBuildCheckpoint,
  waitUntilBuildHeld,
} from '../../e2e/support/held-build.ts'
import { inTurn } from '../measure/turns.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { amount, type Row, ratio, row } from '../report/bench-row.ts'
import type { Ground } from '../site/bench-site.ts'

const followers = 10
/** Bytes of a line. Of shorter ones BuildKit itself carries far less in a second. */
const width = 1000
const rounds = 5
const timeoutMs = 1_200_000

export async function followRows(ground: Ground, megabytes: number): Promise<Row[]> {
  const { vm } = ground.site
  const lines = (megabytes * 1_000_000) / width
  await liftBuildLogLimit(vm)
  const countLostLines = await copyProgram(vm, 'count-lost-lines.ts')
  const waitForLogEnd = await copyProgram(vm, 'wait-for-log-end.ts')
  const followDeploy = await copyProgram(vm, 'follow-deploy.ts')
  const pid = (await vm.run('systemctl restart bpt-deployer; systemctl show -P MainPID bpt-deployer')).stdout.trim()
  const peaks: Record<'alone' | 'followed', number[]> = { alone: [], followed: [] }
  let lost = 0

  const build = async (kind: 'alone' | 'followed') => {
    await vm.run(`echo 5 > /proc/${pid}/clear_refs`)
    await loud(ground, lines)
    await vm.run('bptctl deploy --no-follow main', { as: 'ada' })
    const [deploy] = await ground.site.history()
    if (!deploy) throw new Error('the loud build was not accepted')
    await ground.site.waitForLogLine(deploy.id, 'loud 00000001', { expectation: 'the build prints', timeoutMs })
    const looking = kind === 'followed' ? vm.spawn(`exec ${followDeploy} ${deploy.id} ${followers}`) : null
    const last = `loud ${String(lines).padStart(8, '0')}`
    await waitUntilBuildHeld('second', timeoutMs)
    // Only the end is looked at: who reads all of it beside the agent is measured with it.
    await vm.run(`${waitForLogEnd} '${deploy.log}' '${last}' ${width * 4}`, { timeoutMs })
    const checked = JSON.parse(
      (await vm.run(`${countLostLines} '${deploy.log}' ${lines} ${width}`, { timeoutMs })).stdout,
    )
    lost += checked.lost
    // BuildKit cuts off what it has not passed on when a build ends, so that this one ends only now.
    await openBuildCheckpoint('second')
    await ground.site.waitUntilIdle()
    looking?.stdin?.end()
    peaks[kind].push(Number((await vm.run(`awk '/VmHWM/ { print $2 }' /proc/${pid}/status`)).stdout) / 1024)
    await vm.run(`rm -f '${deploy.log}'`)
    return checked.ms
  }

  await ground.taker('nobody')
  const found = await inTurn({ alone: () => build('alone'), followed: () => build('followed') }, rounds)
  await ground.taker('agent')
  const work = `a build prints ${megabytes} MB to ${followers} followers, one stalled`
  return [
    amount(work, 'lines lost in the log', lost, 'lines', { reach: 0 }),
    row(work, 'first line to last, alone', found.alone),
    row(work, 'first line to last, followed', found.followed),
    ratio(work, 'followed / alone', found.followed, found.alone, { reach: 1.05 }),
    amount(work, 'peak memory of the agent, alone', Math.max(...peaks.alone), 'MiB'),
    amount(work, 'peak memory of the agent, followed', Math.max(...peaks.followed), 'MiB', { reach: 150 }),
  ]
}

/** Pushes a build that prints numbered lines as fast as it can, and then waits at held-build's second gate. */
async function loud(ground: Ground, lines: number): Promise<void> {
  const { ada } = ground.site
  const { version } = await ground.change()
  const dockerfile = await readFile(join(ada.directory, 'Dockerfile'), 'utf8')
  const kept = dockerfile.split('\n').filter((line) => !/awk|^CMD/.test(line))
  const print = `awk 'BEGIN { for (n = 1; n <= ${lines}; n++) printf "loud %08d %0${width - 15}d\\n", n, n }'`
  const run = `RUN exec 2> /dev/null; ${print}; ${buildCheckpoints.second.waitCommand(ada.vm)} && echo ${version}`
  await ada.commit({ Dockerfile: [...kept.filter(Boolean), run, 'CMD ["node", "server.js"]', ''].join('\n') }, 'Loud')
  await ground.push()
}
