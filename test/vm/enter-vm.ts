// Enters the namespaces of a test VM without its Docker engine: a `docker exec` takes ten times as long, and the tests
// run thousands of commands.
import { readFile } from 'node:fs/promises'

/** A user's command line follows. */
export type EnterVm = (user: string) => string[]

/** Returns null where this process may not enter, or does not see the VM's processes, as with Docker Desktop. */
export async function findEntry(containerId: string, pid: number): Promise<EnterVm | null> {
  if (process.getuid?.() !== 0) return null
  const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
  if (!cgroups.includes(containerId)) return null
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid']
  return (user) => {
    const home = user === 'root' ? '/root' : `/home/${user}`
    const variables = [...vmVariables, `HOME=${home}`, `USER=${user}`]
    const change = user === 'root' ? [] : ['setpriv', '--reuid', user, '--regid', user, '--init-groups']
    return ['nsenter', '--target', `${pid}`, ...namespaces, '/usr/bin/env', '-i', '-C', home, ...variables, ...change]
  }
}

/** The variables that a container has, see images/vm/Dockerfile. */
const vmVariables = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'container=docker',
  'LANG=C.UTF-8',
  'HOSTNAME=production',
]
