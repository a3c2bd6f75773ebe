// Waits until systemd in a test VM has started all units, Docker and sshd among them.
import { assertSuccess } from '../command.ts'
import { tryDocker } from '../docker.ts'

// `is-system-running` fails until systemd accepts calls. systemd writes several messages to its NOTIFY_SOCKET while it
// boots: ask again after each line of them, and after a second, since the first messages may come before socat listens.
const bootWaitScript = `
  is_up() { systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; }
  exec 3< <(exec socat -u UNIX-RECV:/run/machine,unlink-early STDOUT); socat=$!
  until is_up; do read -r -t 1 -u 3 _; done
  kill $socat
  systemctl is-active docker ssh && docker version > /dev/null`

export async function waitUntilBooted(container: string): Promise<void> {
  const result = await tryDocker(['exec', container, 'timeout', '60', 'bash', '-c', bootWaitScript])
  if (result.code !== 0) {
    const script = 'systemctl --no-pager --failed; systemctl list-jobs --no-pager; journalctl -b -n 40 --no-pager'
    const state = await tryDocker(['exec', container, 'bash', '-c', script])
    assertSuccess({ ...state, code: result.code }, `${container} has not booted: ${result.stderr}`)
  }
}
