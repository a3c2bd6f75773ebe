// What an agent at rest must not leave: processes beside its own, locks, rules of the kernel's.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'

const code = '/bpt/production/code'
/** Milliseconds in which what follows a deploy, as tidying up, comes to its end. */
const patience = 5_000

export async function left(): Promise<string[]> {
  // Asked again and again: of strangers' processes and of the agent's locks nobody tells that the last one has gone.
  for (const end = Date.now() + patience; ; await after(100)) {
    const found = [...processes(), ...globSync(`${code}/.git/**/*.lock`), ...rules()]
    if (found.length === 0 || Date.now() > end) return found
  }
}

function processes(): string[] {
  const show = ['show', '-P', 'MainPID', '-P', 'ControlGroup', 'bpt-deployer']
  const [path = '', pid = ''] = execFileSync('systemctl', show, { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .toSorted()
  const procs = globSync(`/sys/fs/cgroup/{unified,systemd,}${path}/cgroup.procs`)[0]
  const own = procs ? readFileSync(procs, 'utf8').split('\n').filter(Boolean) : []
  const others = globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const argv = command(path)
    const tool = /(^|\/)(docker-compose|docker-buildx|git-checkout)$/.test(argv[0] ?? '')
    return tool ? [argv.join(' ')] : []
  })
  return [
    ...own.filter((one) => one !== pid).map((one) => `process ${command(`/proc/${one}/cmdline`).join(' ')}`),
    ...others,
  ]
}

function rules(): string[] {
  const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' })
  return tables.split('\n').filter((line) => /\bbpt/.test(line))
}

function command(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}
