// Why there is no answer from the agent: a sentence that names the next move, and the exit code that tells programs.

const unavailable = 69
const forbidden = 77

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['ECONNREFUSED', 'connection refused'],
  ['EACCES', 'permission denied'],
  ['EAGAIN', 'too many clients wait'],
])

export class Trouble extends Error {
  readonly kind: 'absent' | 'forbidden' | 'busy' | 'lost' | 'refused'
  readonly exit: number
  /** What happened in a few words, for sentences that say the next move themselves. */
  readonly reason: string
  /** The code of the agent's failure (see agent/protocol/failure.ts), where it answered with one. */
  readonly code: string | null

  private constructor(kind: Trouble['kind'], exit: number, sentence: string, reason = sentence, code?: string) {
    super(sentence)
    this.name = 'Trouble'
    this.kind = kind
    this.exit = exit
    this.reason = reason
    this.code = code ?? null
  }

  /** No connection came about. */
  static unreachable(socket: string, errno: string, user: string): Trouble {
    const reason = `${socket}: ${reasons.get(errno) ?? errno}`
    if (errno === 'EACCES')
      return new Trouble(
        'forbidden',
        forbidden,
        `You may not use ${socket}. Ask to be added to group bpt: sudo usermod -aG bpt ${user} (then log in again).`,
        reason,
      )
    if (errno === 'EAGAIN')
      return new Trouble('busy', unavailable, `The deploy agent is busy (${reason}). Ask again in a moment.`, reason)
    const sentence = `The deploy agent cannot be reached (${reason}). Start it: sudo systemctl start bpt-deployer`
    return new Trouble('absent', unavailable, sentence, reason)
  }

  /** The connection ended, or stayed silent, before the answer came: nobody knows whether the call was heard. */
  static lost(reason: string): Trouble {
    return new Trouble('lost', unavailable, `${reason}. Look: bptctl history`, reason)
  }

  /** The agent answered: no. */
  static refused(sentence: string, code?: string): Trouble {
    return new Trouble('refused', 1, sentence, sentence, code)
  }
}
