// The journal through winston: one entry per event with fields of its own, by libsystemd's sd_journal_sendv. Where no
// journal listens, the same lines go to standard error.
import koffi from 'koffi'
import winston from 'winston'
import Transport from 'winston-transport'
import type { EventSink } from '../../interfaces/event-sink.ts'
import { eventIds } from '../../protocol/event-id.ts'
import { JournalBacklog, type JournalEntry } from './journal-backlog.ts'

/** Bytes of output that may wait for journald. */
const backlogBytes = 2 * 1024 * 1024

export interface Journal extends EventSink {
  /** For what is no event of a deploy: the agent's own troubles, with a stack. */
  reportError(text: string, thrown?: unknown): void
  /** Resolves when all is handed over. */
  end(): Promise<void>
}

/** @param send what takes the entries where a journal listens. */
export function openJournal(env: NodeJS.ProcessEnv, send?: SendEntry): Journal {
  const transport = env.JOURNAL_STREAM
    ? new JournalTransport(send ?? sendv())
    : new winston.transports.Console({
        stderrLevels: ['error', 'warning', 'notice', 'info'],
        level: 'info',
        format: winston.format.printf(({ message }) => String(message)),
      })
  // The default format would write each entry as JSON, which nobody reads.
  const format = winston.format((info) => info)()
  const levels = winston.config.syslog.levels
  const logger = winston.createLogger({ levels, level: 'debug', format, transports: [transport] })
  const about = (deploy: { id: number; revision: string; by: string } | undefined, step: string | undefined) => ({
    ...(deploy && { DEPLOY_ID: deploy.id, REVISION: deploy.revision, PUSHER: deploy.by }),
    ...(step && { STEP: step }),
  })
  return {
    publish({ kind, text, isFailure, deploy, step }) {
      logger.log(isFailure ? 'error' : 'info', text, { MESSAGE_ID: eventIds[kind], ...about(deploy, step) })
    },
    stepBegan() {},
    stepOutput(line, deploy, step) {
      if (!line || !(transport instanceof JournalTransport) || !transport.backlog.tryReserve(line)) return
      // A copy: a line is part of the chunk that it came in, which would stay as long as the line.
      logger.log('debug', Buffer.from(line).toString(), about(deploy, step))
    },
    reportError(text, thrown) {
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
const sendv = (): SendEntry =>
  koffi.load('libsystemd.so.0').func('sd_journal_sendv', 'int', [koffi.pointer(iovec), 'int'])

/** Reads the buffers on another thread, until it calls `done`. */
export interface SendEntry {
  async(iov: { iov_base: Buffer; iov_len: number }[], count: number, done: () => void): void
}

class JournalTransport extends Transport {
  readonly #send: SendEntry
  /** What is being read: only addresses are handed over, which keep nothing from the garbage collector. */
  readonly #lent = new Set<Buffer[]>()
  readonly backlog = new JournalBacklog((info) => this.#hand(entry(info)), backlogBytes)

  constructor(send: SendEntry) {
    super()
    this.#send = send
  }

  override log(info: JournalEntry, next: () => void): void {
    this.backlog.add(info)
    next()
  }

  override _final(done: () => void): void {
    void this.backlog.end().then(done)
  }

  /** Off the event loop: a frozen journald blocks its caller. */
  #hand(fields: Buffer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const iov = fields.map((field) => ({ iov_base: field, iov_len: field.length }))
    this.#lent.add(fields)
    this.#send.async(iov, iov.length, () => {
      this.#lent.delete(fields)
      resolve()
    })
    return promise
  }
}

function entry({ level, message, ...fields }: JournalEntry): Buffer[] {
  const priority = winston.config.syslog.levels[level] ?? 6
  const all = { MESSAGE: message, PRIORITY: priority, SYSLOG_IDENTIFIER: 'bpt-deployer', ...fields }
  return Object.entries(all).map(([name, value]) => Buffer.from(`${name}=${value}`))
}
