// Waits until a machine has booted: systemd has started everything, the engine and sshd too.
import { assertSuccess } from './command.ts'
import { tryDocker } from './docker.ts'

// A manager that does not answer yet says something as soon as it does.
const bootWaitScript = `
  up() { systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; }
  socat -u UNIX-RECVFROM:/run/machine,unlink-early STDOUT > /dev/null & word=$!
  up || { wait $word; up; }
  kill $word 2>/dev/null
  systemctl is-active docker ssh && docker version > /dev/null`

export async function waitUntilBooted(name: string): Promise<void> {
  const waited = await tryDocker(['exec', name, 'timeout', '60', 'bash', '-c', bootWaitScript])
  if (waited.code !== 0) {
    const look = 'systemctl --no-pager --failed; systemctl list-jobs --no-pager; journalctl -b -n 40 --no-pager'
    const seen = await tryDocker(['exec', name, 'bash', '-c', look])
    assertSuccess({ ...seen, code: waited.code }, `${name} has not booted: ${waited.stderr}`)
  }
}
