// The service manager by sd-notify: ready, status, watchdog, stopping. Outside systemd, or where the package could
// not be built, all of it is silent.
import { createRequire } from 'node:module'

export interface SystemdNotifier {
  /** True when a service manager listens. */
  readonly isListening: boolean
  notifyReady(): void
  /** Tells the line when what runs now has been done: of several in one turn of the event loop, the last. */
  setStatus(line: () => string): void
  notifyStopping(): void
  /** Asks for more time to stop. */
  extendStopTimeout(ms: number): void
  /** Feeds the watchdog from the event loop from now on, at half of its time, while `alive`. */
  startWatchdog(alive: () => boolean): void
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
  let untold: (() => string) | null = null
  const tell = () => {
    const line = untold
    untold = null
    try {
      if (line) sd?.sendStatus(line().replaceAll('\n', ' '))
    } catch {
      // No deploy ends because its line for systemd could not be made.
    }
  }
  return {
    isListening: sd !== null,
    notifyReady() {
      tell()
      sd?.ready()
    },
    setStatus(line) {
      if (!untold) setImmediate(tell)
      untold = line
    },
    notifyStopping: () => sd?.stopping(process.pid),
    extendStopTimeout: (ms) => sd?.sendState(`EXTEND_TIMEOUT_USEC=${ms * 1000}`),
    startWatchdog(alive) {
      const interval = sd?.watchdogInterval() ?? 0
      if (interval > 0) setInterval(() => alive() && sd?.watchdog(), Math.floor(interval / 2)).unref()
    },
  }
}

/** sd-notify is an optional dependency without types: it needs a compiler and libsystemd to install. */
function load(): SdNotify {
  const sd: SdNotify = createRequire(import.meta.url)('sd-notify')
  return sd
}
