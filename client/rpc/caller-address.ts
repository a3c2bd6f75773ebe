/** Reads the address of the caller's ssh session, as the caller states it; undefined on the server itself. */
export function callerAddress(env: NodeJS.ProcessEnv): string | undefined {
  return env.SSH_CONNECTION?.split(' ')[0] || undefined
}
