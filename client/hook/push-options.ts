// The words of `git push -o WORD`, as git hands them to post-receive.

export function parsePushOptions(env: NodeJS.ProcessEnv): string[] {
  const count = Number(env.GIT_PUSH_OPTION_COUNT ?? 0)
  return Array.from({ length: count }, (_, index) => env[`GIT_PUSH_OPTION_${index}`] ?? '')
}
