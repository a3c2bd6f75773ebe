/** The address of the caller's ssh session by the caller's own word; undefined on the server itself. */
export function callerAddress(env: NodeJS.ProcessEnv): string | undefined {
  return env.SSH_CONNECTION?.split(' ')[0] || undefined
}
