// Where a caller comes from by its own word: the address of its ssh session; undefined on the machine itself.

export function callerAddress(env: NodeJS.ProcessEnv): string | undefined {
  return env.SSH_CONNECTION?.split(' ')[0] || undefined
}
