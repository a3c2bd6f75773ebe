// Runs a program of the machine and gives what it printed.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** @throws Error with what the program said. */
export async function runProgram(program: string, args: string[]): Promise<string> {
  try {
    return (await execute(program, args, { maxBuffer: 256 * 1024 * 1024 })).stdout.trimEnd()
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new Error(`${program} ${args.join(' ')}: ${said || String(cause)}`, { cause })
  }
}
