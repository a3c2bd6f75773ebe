// The journal through winston: one entry per event with fields of its own, by libsystemd's sd_journal_sendv. Where no
// journal listens, the same lines go to standard error.
import koffi from 'koffi'
import winston from 'winston'
import Transport from 'winston-transport'
import type { Audience } from '../audience.ts'
import { eventIds } from '../event-id.ts'

/** Entries that wait for journald; output beyond is counted and dropped, so that a frozen journald costs nothing. */
const patience = 20_000

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

class JournalTransport extends Transport {
  readonly #send = koffi.load('libsystemd.so.0').func('sd_journal_sendv', 'int', [koffi.pointer(iovec), 'int'])
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #dropped = 0

  override log(info: { level: string; message: unknown; [field: string]: unknown }, next: () => void): void {
    if (this.#waiting < patience || info.level !== 'debug') this.#queue(entry(info))
    else this.#dropped++
    next()
  }

  override _final(done: () => void): void {
    void this.#last.then(done)
  }

  /** One at a time, so that the journal has them in their order. */
  #queue(fields: Buffer[]): void {
    this.#waiting++
    this.#last = this.#last.then(async () => {
      await this.#hand(fields)
      this.#waiting--
      if (this.#waiting > 0 || this.#dropped === 0) return
      const missing = `${this.#dropped} lines are not in the journal, which was too slow for them; the deploy's log has them`
      this.#dropped = 0
      this.#queue(entry({ level: 'warning', message: missing }))
    })
  }

  /** Off the event loop: a frozen journald blocks its caller. */
  #hand(fields: Buffer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const iov = fields.map((field) => ({ iov_base: field, iov_len: field.length }))
    this.#send.async(iov, iov.length, () => resolve())
    return promise
  }
}

function entry({ level, message, ...fields }: { level: string; message: unknown; [field: string]: unknown }): Buffer[] {
  const priority = winston.config.syslog.levels[level] ?? 6
  const all = { MESSAGE: message, PRIORITY: priority, SYSLOG_IDENTIFIER: 'bpt-deployer', ...fields }
  return Object.entries(all).map(([name, value]) => Buffer.from(`${name}=${value}`))
}
