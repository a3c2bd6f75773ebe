// What a command of bptctl is given to work with; it gives back its exit code.
import type { AgentClient } from '../rpc/agent-client.ts'
import type { Painter } from '../view/paint.ts'

export interface CommandContext {
  agent: AgentClient
  out: NodeJS.WriteStream
  err: NodeJS.WriteStream
  /** For `out`. */
  paint: Painter
  /** Where the caller comes from by its own word: the address of its ssh session. */
  callerAddress: string | undefined
}
