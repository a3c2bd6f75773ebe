// Gives the arguments, the folder and the environment for every call of compose, so that all calls read the same
// inputs: those of `docker compose -f FILE ...` in a shell of the agent's user in the work tree.

export interface ComposeInputs {
  workTree: string
  /** Compose files as for `-f`, relative to the work tree; empty if compose itself finds them. */
  files: readonly string[]
  /** The folder of relative paths and of the .env, if it is not that of the first file. */
  projectFolder?: string
  /** The environment of child processes. */
  env: NodeJS.ProcessEnv
}

export interface ComposeCommand {
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

/** Completes the arguments of `docker` for a subcommand of compose. */
export function composeCommand(
  { workTree, files, projectFolder, env }: ComposeInputs,
  subcommand: string[],
): ComposeCommand {
  const folderOptions = projectFolder ? ['--project-directory', projectFolder] : []
  const fileOptions = [...files.flatMap((file) => ['-f', file]), ...folderOptions]
  return {
    args: ['compose', '--ansi', 'never', '--progress', 'plain', ...fileOptions, ...subcommand],
    cwd: workTree,
    // A shell sets PWD. Over a symbolic link compose takes from it the folder's name, which is the project's name.
    env: { ...env, PWD: workTree },
  }
}
