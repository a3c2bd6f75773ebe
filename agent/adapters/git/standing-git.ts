// A git that stays for a while and answers one question after the other: to start one takes longer than to ask it.
import { text } from 'node:stream/consumers'
import { spawn } from '../host/child-process.ts'

/** Milliseconds without a question after which it ends: one that stays would hold on to files that git has removed. */
const idleMs = 3_000

/** A line of its answer, and the object that follows where the line ends with the size of one. */
export interface Answer {
  line: string
  object: Buffer
}

export interface StandingGit {
  /** Starts it, for a question that is about to come. */
  wake(): void
  /** @param command one that is answered by one line, and by an object where `object` says so. */
  ask(command: string, object?: boolean): Promise<Answer>
}

export function standingGit(cwd: string, ...args: string[]): StandingGit {
  let now: Talk | null = null
  let timer: NodeJS.Timeout | undefined

  const awake = (): Talk => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      now?.end()
      now = null
    }, idleMs)
    now ??= talk(cwd, args, (over) => {
      if (now === over) now = null
    })
    return now
  }
  return {
    wake() {
      try {
        awake()
      } catch {
        // Who asks will hear why.
      }
    },
    ask: async (command, object = false) => awake().ask(command, object),
  }
}

interface Talk {
  ask: StandingGit['ask']
  end(): void
}

/** One process; what it leaves unanswered is rejected when it has ended. */
function talk(cwd: string, args: string[], ended: (talk: Talk) => void): Talk {
  const child = spawn('git', args, { cwd, env: process.env })
  const said = text(child.stderr).catch(String)
  const waiting: (PromiseWithResolvers<Answer> & { object: boolean })[] = []
  let bytes = Buffer.alloc(0)

  const take = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    for (let found = answer(bytes, waiting[0]?.object); found; found = answer(bytes, waiting[0]?.object)) {
      bytes = bytes.subarray(found.length)
      waiting.shift()?.resolve(found)
    }
  }
  const over = (why: unknown) => {
    ended(self)
    for (const { reject } of waiting.splice(0)) reject(why)
  }
  const self: Talk = {
    async ask(command, object = false) {
      const next = { ...Promise.withResolvers<Answer>(), object }
      waiting.push(next)
      child.stdin.write(`${command}\n`)
      return next.promise
    },
    end: () => child.stdin.end(),
  }
  child.stdout.on('data', take)
  child.stdin.on('error', () => {})
  void Promise.all([said, child.exit]).then(([why]) => over(new Error(`git ${args.join(' ')} ended: ${why.trim()}`)))
  return self
}

/** The first answer in these bytes; null where it is not complete. */
function answer(bytes: Buffer, object = false): (Answer & { length: number }) | null {
  const end = bytes.indexOf(10)
  if (end < 0) return null
  const line = bytes.toString('utf8', 0, end)
  const size = object ? / (\d+)$/.exec(line)?.[1] : undefined
  if (size === undefined) return { line, object: Buffer.alloc(0), length: end + 1 }
  const length = end + 1 + Number(size) + 1
  return bytes.length < length ? null : { line, object: bytes.subarray(end + 1, length - 1), length }
}
