// Why there is no answer from the agent: a sentence that names the next move, and the exit code that tells programs.

const exitUnavailable = 69
const exitForbidden = 77

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['ECONNREFUSED', 'connection refused'],
  ['EACCES', 'permission denied'],
  ['EAGAIN', 'too many clients wait'],
])

export class ClientError extends Error {
  readonly kind: 'absent' | 'forbidden' | 'busy' | 'lost' | 'refused'
  readonly exitCode: number
  /** What happened in a few words, for sentences that say the next move themselves. */
  readonly reason: string
  /** The code of the agent's failure (see agent/protocol/failure.ts), where it answered with one. */
  readonly code: string | null

  private constructor(kind: ClientError['kind'], exit: number, sentence: string, reason = sentence, code?: string) {
    super(sentence)
    this.name = 'ClientError'
    this.kind = kind
    this.exitCode = exit
    this.reason = reason
    this.code = code ?? null
  }

  /** No connection came about. */
  static unreachable(socket: string, errno: string, user: string): ClientError {
    const reason = `${socket}: ${reasons.get(errno) ?? errno}`
    if (errno === 'EACCES')
      return new ClientError(
        'forbidden',
        exitForbidden,
        `You may not use ${socket}. Ask to be added to group bpt: sudo usermod -aG bpt ${user} (then log in again).`,
        reason,
      )
    if (errno === 'EAGAIN')
      return new ClientError(
        'busy',
        exitUnavailable,
        `The deploy agent is busy (${reason}). Ask again in a moment.`,
        reason,
      )
    const sentence = `The deploy agent cannot be reached (${reason}). Start it: sudo systemctl start bpt-deployer`
    return new ClientError('absent', exitUnavailable, sentence, reason)
  }

  /** The connection ended, or stayed silent, before the answer came: nobody knows whether the call was heard. */
  static lost(reason: string): ClientError {
    return new ClientError('lost', exitUnavailable, `${reason}. Look: bptctl history`, reason)
  }

  /** The agent answered: no. */
  static refused(sentence: string, code?: string): ClientError {
    return new ClientError('refused', 1, sentence, sentence, code)
  }
}
