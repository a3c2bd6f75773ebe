// Tells systemd about the agent: ready, status line, watchdog, stopping. Outside of systemd every call does nothing.
import { createRequire } from 'node:module'

export interface SystemdNotifier {
  /** True if systemd has started the agent and listens. */
  readonly isListening: boolean
  notifyReady(): void
  /** Sends the status line at the end of this turn of the event loop; only the last call of a turn counts. */
  setStatus(line: () => string): void
  notifyStopping(): void
  /** Asks systemd for more time to stop. */
  extendStopTimeout(ms: number): void
  /** Notifies the watchdog at half of its interval, as long as `isAlive` returns true. */
  startWatchdog(isAlive: () => boolean): void
}

interface SdNotify {
  ready(): void
  stopping(pid: number): void
  sendState(state: string): void
  sendStatus(text: string): void
  watchdog(): void
  watchdogInterval(): number
}

export function createSystemdNotifier(env: NodeJS.ProcessEnv): SystemdNotifier {
  const sd = env.NOTIFY_SOCKET ? load() : null
  let pendingLine: (() => string) | null = null
  const sendStatus = () => {
    const line = pendingLine
    pendingLine = null
    try {
      if (line) sd?.sendStatus(line().replaceAll('\n', ' '))
    } catch {
      // A status line that cannot be made must not fail a deploy.
    }
  }
  return {
    isListening: sd !== null,
    notifyReady() {
      sendStatus()
      sd?.ready()
    },
    setStatus(line) {
      if (!pendingLine) setImmediate(sendStatus)
      pendingLine = line
    },
    notifyStopping: () => sd?.stopping(process.pid),
    extendStopTimeout: (ms) => sd?.sendState(`EXTEND_TIMEOUT_USEC=${ms * 1000}`),
    startWatchdog(isAlive) {
      const intervalMs = sd?.watchdogInterval() ?? 0
      if (intervalMs > 0) setInterval(() => isAlive() && sd?.watchdog(), Math.floor(intervalMs / 2)).unref()
    },
  }
}

/** Loads sd-notify. The package is optional, since it needs a compiler and libsystemd, and it has no types. */
function load(): SdNotify {
  const sd: SdNotify = createRequire(import.meta.url)('sd-notify')
  return sd
}
