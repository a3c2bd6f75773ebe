// Holds everything that a command of bptctl works with; a command resolves to the exit code.
import type { AgentClient } from '../rpc/agent-client.ts'
import type { Layout } from '../text/layout.ts'

export interface CommandContext {
  agent: AgentClient
  out: NodeJS.WriteStream
  err: NodeJS.WriteStream
  /** Layout of `out`. */
  layout: Layout
  /** Address of the caller's ssh session as the caller states it; undefined on the server itself. */
  callerAddress: string | undefined
}
