// Runs git in the work tree. A signal ends a command, which simple-git cannot.
import { captureOutput } from '../host/command.ts'

export interface GitOptions {
  signal: AbortSignal
  env?: NodeJS.ProcessEnv
  /** Standard input. */
  input?: string
}

/** Returns what a git command prints. @throws Error with git's own words if the command fails. */
export type RunGit = (args: string[], options: GitOptions) => Promise<string>

/** The repository belongs to a group, so that its owner often is not the agent's user. */
export function safeDirectoryOption(workTree: string): string {
  return `safe.directory=${workTree}`
}

export function createGitRunner(workTree: string): RunGit {
  return async (args, { signal, env = {}, input = '' }) => {
    const command = { cwd: workTree, env: { ...process.env, ...env }, signal, input }
    const { code, stdout, stderr } = await captureOutput('git', ['-c', safeDirectoryOption(workTree), ...args], command)
    if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${stderr.trim()}`)
    return stdout
  }
}

/** Splits the output of a command with `-z`. */
export function splitNul(printed: string): string[] {
  return printed.split('\0').filter(Boolean)
}
