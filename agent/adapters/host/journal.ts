// Writes events and output to the systemd journal with fields such as DEPLOY_ID, through libsystemd's sd_journal_sendv.
// Without a journal, winston prints the events to standard error.
import koffi from 'koffi'
import winston from 'winston'
import Transport from 'winston-transport'
import type { DeployEvent, EventSink } from '../../interfaces/event-sink.ts'
import { eventIds } from '../../protocol/event-id.ts'
import { JournalBacklog, type JournalEntry } from './journal-backlog.ts'

/** Output that may wait for journald. */
const backlogBytes = 2 * 1024 * 1024

export interface Journal extends EventSink {
  /** Logs an error of the agent itself, with the stack of what was thrown. */
  reportError(text: string, thrown?: unknown): void
  /** Resolves when the journal has every entry. */
  end(): Promise<void>
}

/** @param send replaces sd_journal_sendv in tests. */
export function openJournal(env: NodeJS.ProcessEnv, send?: SendEntry): Journal {
  const transport = env.JOURNAL_STREAM
    ? new JournalTransport(send ?? sendv())
    : new winston.transports.Console({
        stderrLevels: ['error', 'warning', 'notice', 'info'],
        level: 'info',
        format: winston.format.printf(({ message }) => String(message)),
      })
  // Winston's default format would turn each entry into JSON for nothing.
  const format = winston.format((entry) => entry)()
  const levels = winston.config.syslog.levels
  const logger = winston.createLogger({ levels, level: 'debug', format, transports: [transport] })
  return {
    publish({ kind, text, isFailure, deploy, step }) {
      logger.log(isFailure ? 'error' : 'info', text, { MESSAGE_ID: eventIds[kind], ...deployFields(deploy, step) })
    },
    stepBegan() {},
    stepOutput(line, deploy, step) {
      if (!line || !(transport instanceof JournalTransport) || !transport.backlog.tryReserve(line)) return
      // Copy the line: a slice would keep the whole chunk of output in memory.
      logger.log('debug', Buffer.from(line).toString(), deployFields(deploy, step))
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

/** Reads the buffers on another thread until it calls `done`. */
export interface SendEntry {
  async(iov: { iov_base: Buffer; iov_len: number }[], count: number, done: () => void): void
}

class JournalTransport extends Transport {
  readonly #send: SendEntry
  /** Buffers that libsystemd reads: it has only their addresses, which do not stop the garbage collector. */
  readonly #beingRead = new Set<Buffer[]>()
  readonly backlog = new JournalBacklog((entry) => this.#sendFields(toFields(entry)), backlogBytes)

  constructor(send: SendEntry) {
    super()
    this.#send = send
  }

  override log(entry: JournalEntry, next: () => void): void {
    this.backlog.add(entry)
    next()
  }

  override _final(done: () => void): void {
    void this.backlog.end().then(done)
  }

  /** Calls libsystemd on another thread, since a journald that hangs blocks its caller. */
  #sendFields(fields: Buffer[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const iov = fields.map((field) => ({ iov_base: field, iov_len: field.length }))
    this.#beingRead.add(fields)
    this.#send.async(iov, iov.length, () => {
      this.#beingRead.delete(fields)
      resolve()
    })
    return promise
  }
}

function toFields({ level, message, ...fields }: JournalEntry): Buffer[] {
  const priority = winston.config.syslog.levels[level] ?? 6
  const named = { MESSAGE: message, PRIORITY: priority, SYSLOG_IDENTIFIER: 'bpt-deployer', ...fields }
  return Object.entries(named).map(([name, value]) => Buffer.from(`${name}=${value}`))
}

function deployFields(deploy: DeployEvent['deploy'], step: string | undefined) {
  return {
    ...(deploy && { DEPLOY_ID: deploy.id, REVISION: deploy.revision, PUSHER: deploy.by }),
    ...(step && { STEP: step }),
  }
}
