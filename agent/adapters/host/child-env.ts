// Chooses the variables of the agent that its child processes get: its own environment must not change the meaning of a
// compose file.

/** A shell of the agent's user would have these, and Docker's clients need them. */
const shellVariables = ['PATH', 'HOME', 'USER', 'LOGNAME', 'DOCKER_HOST']

/** Variables by which an administrator chooses compose's inputs, with `Environment=` in the unit. */
const composeVariables = [
  'COMPOSE_FILE',
  'COMPOSE_PATH_SEPARATOR',
  'COMPOSE_ENV_FILES',
  'COMPOSE_PROFILES',
  'COMPOSE_PROJECT_NAME',
]

/** @param home takes the place of a missing HOME. */
export function createChildEnv(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv & { HOME: string } {
  const entries = [...shellVariables, ...composeVariables].flatMap((name) => (env[name] ? [[name, env[name]]] : []))
  return { HOME: home, LANG: 'C.UTF-8', ...Object.fromEntries(entries) }
}
