// The service manager by sd-notify: ready, status, watchdog, stopping. Outside systemd, or where the package could
// not be built, all of it is silent.
import { createRequire } from 'node:module'

export interface SystemdNotifier {
  /** True when a service manager listens. */
  readonly there: boolean
  ready(): void
  /** Tells the line when what runs now has been done: of several in one turn of the event loop, the last. */
  status(line: () => string): void
  stopping(): void
  /** Asks for more time to stop. */
  extend(ms: number): void
  /** Feeds the watchdog from the event loop from now on, at half of its time, while `alive`. */
  watch(alive: () => boolean): void
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
    there: sd !== null,
    ready() {
      tell()
      sd?.ready()
    },
    status(line) {
      if (!untold) setImmediate(tell)
      untold = line
    },
    stopping: () => sd?.stopping(process.pid),
    extend: (ms) => sd?.sendState(`EXTEND_TIMEOUT_USEC=${ms * 1000}`),
    watch(alive) {
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
