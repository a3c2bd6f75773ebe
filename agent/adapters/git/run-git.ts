// Runs git in the work tree. A signal ends a command, which simple-git cannot.
import { Failure } from '../../protocol/failure.ts'
import { captureOutput } from '../host/command.ts'

export interface GitOptions {
  signal: AbortSignal
  env?: NodeJS.ProcessEnv
  /** Standard input. */
  input?: string
}

/** Returns what a git command prints. @throws git_failed with git's own words. */
export type RunGit = (args: string[], options: GitOptions) => Promise<string>

/** The repository belongs to a group, so that its owner often is not the agent's user. */
export function safeDirectoryOption(workTree: string): string {
  return `safe.directory=${workTree}`
}

export function createGitRunner(workTree: string): RunGit {
  return async (args, { signal, env = {}, input = '' }) => {
    const command = { cwd: workTree, env: { ...process.env, ...env }, signal, input }
    const { code, stdout, stderr } = await captureOutput('git', ['-c', safeDirectoryOption(workTree), ...args], command)
    if (code === 0) return stdout
    const act = args.find((arg) => /^[a-z]/.test(arg)) ?? ''
    throw Failure.of('git_failed', { act, workTree, reason: stderr.trim() || `exit ${code}` })
  }
}

/** Splits the output of a command with `-z`. */
export function splitNul(printed: string): string[] {
  return printed.split('\0').filter(Boolean)
}
