// Explains why a call has no answer: a sentence with the next command for people, an exit code for programs.

// sysexits.h: EX_UNAVAILABLE, EX_NOPERM
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
  /** A few words for sentences that name the next command themselves. */
  readonly reason: string
  /** The code of the agent's failure (see agent/protocol/failure.ts), if the agent answered with a code. */
  readonly code: string | null

  private constructor(kind: ClientError['kind'], exitCode: number, message: string, reason = message, code?: string) {
    super(message)
    this.name = 'ClientError'
    this.kind = kind
    this.exitCode = exitCode
    this.reason = reason
    this.code = code ?? null
  }

  /** Explains that no connection came about. */
  static unreachable(socket: string, errno: string, { user, group }: { user: string; group: string }): ClientError {
    const reason = `${socket}: ${reasons.get(errno) ?? errno}`
    if (errno === 'EACCES') {
      const next = `Log in again after an administrator has added you: sudo usermod -aG ${group} ${user}`
      const message = `you are not in group ${group}, so the deploy agent does not answer you (${reason}).\n${next}`
      return new ClientError('forbidden', exitForbidden, message, reason)
    }
    if (errno === 'EAGAIN') {
      const message = `the deploy agent is busy (${reason}). Ask again in a moment.`
      return new ClientError('busy', exitUnavailable, message, reason)
    }
    const next = 'Running containers are not affected. Start the agent: sudo systemctl start bpt-deployer'
    const message = `the deploy agent cannot be reached (${reason}).\n${next}`
    return new ClientError('absent', exitUnavailable, message, reason)
  }

  /** Explains that the connection ended or stayed silent before the answer: the agent may have received the call or
   * not. */
  static lost(reason: string): ClientError {
    return new ClientError('lost', exitUnavailable, `${reason}. Look: bptctl history`, reason)
  }

  /** Passes the refusal of the agent on. */
  static refused(sentence: string, code?: string): ClientError {
    return new ClientError('refused', 1, sentence, sentence, code)
  }
}
