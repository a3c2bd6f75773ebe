// Runs a program of the server.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** @returns its output. @throws Error with its error output. */
export async function runProgram(program: string, args: string[]): Promise<string> {
  try {
    return (await execute(program, args, { maxBuffer: 256 * 1024 * 1024 })).stdout.trimEnd()
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new Error(`${program} ${args.join(' ')}: ${stderr || String(cause)}`, { cause })
  }
}
