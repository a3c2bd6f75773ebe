// The journal through winston: one entry per event with fields of its own, by libsystemd's sd_journal_sendv. Where no
// journal listens, the same lines go to standard error.
import koffi from 'koffi'
import winston from 'winston'
import Transport from 'winston-transport'
import type { Audience } from '../audience.ts'
import { eventIds } from '../event-id.ts'

/** Entries that wait for journald; output beyond is counted and dropped, so that a frozen journald costs nothing. */
const patience = 50_000

export interface Journal extends Audience {
  /** For what is no event of a deploy: the agent's own troubles, with a stack. */
  trouble(text: string, thrown?: unknown): void
  /** Resolves when all is handed over. */
  end(): Promise<void>
}

export function journal(env: NodeJS.ProcessEnv): Journal {
  const transport = env.JOURNAL_STREAM
    ? new JournalTransport()
    : new winston.transports.Console({
        stderrLevels: ['error', 'warning', 'notice', 'info'],
        level: 'info',
        format: winston.format.printf(({ message }) => String(message)),
      })
  const logger = winston.createLogger({ levels: winston.config.syslog.levels, level: 'debug', transports: [transport] })
  const about = (deploy: { id: number; revision: string; by: string } | undefined, step: string | undefined) => ({
    ...(deploy && { DEPLOY_ID: deploy.id, REVISION: deploy.revision, PUSHER: deploy.by }),
    ...(step && { STEP: step }),
  })
  return {
    hear({ kind, text, bad, deploy, step }) {
      logger.log(bad ? 'error' : 'info', text, { MESSAGE_ID: eventIds[kind], ...about(deploy, step) })
    },
    begin() {},
    output(line, deploy, step) {
      if (line) logger.log('debug', line, about(deploy, step))
    },
    trouble(text, thrown) {
      logger.log('error', thrown instanceof Error ? `${text}: ${thrown.stack ?? thrown.message}` : text)
    },
    end() {
      const { promise, resolve } = Promise.withResolvers<void>()
      transport.once('finish', resolve)
      logger.end()
      return promise
    },
  }
}

// systemd, sd-journal.h: int sd_journal_sendv(const struct iovec *iov, int n)
const iovec = koffi.struct('iovec', { iov_base: 'void *', iov_len: 'size_t' })

interface Info {
  level: string
  message: unknown
  [field: string]: unknown
}

class JournalTransport extends Transport {
  readonly #send = koffi.load('libsystemd.so.0').func('sd_journal_sendv', 'int', [koffi.pointer(iovec), 'int'])
  #waiting: Info[] = []
  #dropped = 0
  #pumping: Promise<void> | null = null

  override log(info: Info, next: () => void): void {
    if (this.#waiting.length < patience || info.level !== 'debug') this.#waiting.push(info)
    else this.#dropped++
    this.#pumping ??= this.#pump()
    next()
  }

  override _final(done: () => void): void {
    void (this.#pumping ?? Promise.resolve()).then(done)
  }

  /** One at a time, so that the journal has them in their order. */
  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting
      this.#waiting = []
      for (const info of some) await this.#hand(entry(info))
      if (this.#dropped > 0 && this.#waiting.length === 0) this.#waiting.push(this.#missing())
    }
    this.#pumping = null
  }

  #missing(): Info {
    const message = `${this.#dropped} lines are not in the journal, which was too slow for them; the deploy's log has them`
    this.#dropped = 0
    return { level: 'warning', message }
  }

  /** Off the event loop: a frozen journald blocks its caller. */
  #hand(fields: Buffer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const iov = fields.map((field) => ({ iov_base: field, iov_len: field.length }))
    this.#send.async(iov, iov.length, () => resolve())
    return promise
  }
}

function entry({ level, message, ...fields }: Info): Buffer[] {
  const priority = winston.config.syslog.levels[level] ?? 6
  const all = { MESSAGE: message, PRIORITY: priority, SYSLOG_IDENTIFIER: 'bpt-deployer', ...fields }
  return Object.entries(all).map(([name, value]) => Buffer.from(`${name}=${value}`))
}
