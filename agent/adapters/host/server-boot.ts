// Reads from the kernel and from systemd when the server was booted, and if it shuts down.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Milliseconds of a clock tick in /proc/PID/stat: the kernel gives 100 a second to programs (USER_HZ). */
const tickMs = 10

/** Milliseconds that systemd may take to answer. */
const answerTimeoutMs = 2_000

/** Differs after each boot of the server. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** The time at which the first process of the server began, in milliseconds since 1970. */
export function readBootTime(): number {
  const uptimeText = readFileSync('/proc/uptime', 'utf8')
  return processStartTime(readFileSync('/proc/1/stat', 'utf8'), uptimeText, Date.now())
}

/**
 * Returns the time at which a process began.
 * @param stat the content of /proc/PID/stat. @param uptime that of /proc/uptime; /proc/stat has the kernel's start in
 * whole seconds only.
 */
export function processStartTime(stat: string, uptime: string, now: number): number {
  // Field 22 is the start in ticks since the kernel's start; the name, field 2, may have spaces.
  const startTicks = Number(stat.replace(/^.*\) /, '').split(' ')[19])
  return now - Number.parseFloat(uptime) * 1000 + startTicks * tickMs
}

/** Returns the time at which the server began to go down, which is now; null if only the agent stops. */
export function readStopTime(): number | null {
  const now = Date.now()
  // systemctl exits 1 for every state but `running`. A systemd that is about to end may not answer at all.
  const { stdout } = spawnSync('systemctl', ['is-system-running'], { encoding: 'utf8', timeout: answerTimeoutMs })
  return ['stopping', 'offline', 'unknown', ''].includes(stdout?.trim() ?? '') ? now : null
}
