// Finds leftovers, which an agent at rest must not have: processes besides its own, lock files, nft tables.
import { execFileSync } from 'node:child_process'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCommandLine } from './proc.ts'

const repository = '/bpt/production/code'
/** Longest time that pruning after a deploy takes. */
const pruneTimeoutMs = 5_000

export async function findLeftovers(): Promise<string[]> {
  // Polls: no event tells that the last foreign process or lock file is gone.
  for (const endTime = Date.now() + pruneTimeoutMs; ; await sleep(100)) {
    const leftovers = [...findProcesses(), ...globSync(`${repository}/.git/**/*.lock`), ...findTables()]
    if (leftovers.length === 0 || Date.now() > endTime) return leftovers
  }
}

function findProcesses(): string[] {
  const show = ['show', '-P', 'MainPID', '-P', 'ControlGroup', 'bpt-deployer']
  // Sorting puts the path of the control group before the process id.
  const [controlGroup = '', mainPid = ''] = execFileSync('systemctl', show, { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .toSorted()
  const procsFile = globSync(`/sys/fs/cgroup/{unified,systemd,}${controlGroup}/cgroup.procs`)[0]
  const agentPids = procsFile ? readFileSync(procsFile, 'utf8').split('\n').filter(Boolean) : []
  const tools = readdirSync('/proc').flatMap((pid) => {
    const argv = /^\d+$/.test(pid) ? readCommandLine(pid) : []
    const isTool = /(^|\/)(docker-compose|docker-buildx|git-checkout)$/.test(argv[0] ?? '')
    return isTool ? [argv.join(' ')] : []
  })
  return [
    ...agentPids.filter((pid) => pid !== mainPid).map((pid) => `process ${readCommandLine(pid).join(' ')}`),
    ...tools,
  ]
}

function findTables(): string[] {
  const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' })
  return tables.split('\n').filter((line) => /\bbpt/.test(line))
}
