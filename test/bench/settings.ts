// Sets the size of a run. The environment makes it smaller: ROUNDS=2 SWAPS=4 ORDERS=500 MEGABYTES=20 IDLE_SECONDS=30.

const defaults = {
  /** Runs of each candidate that is measured in turns. */
  rounds: 9,
  /** Deploys under load, of each candidate. */
  swaps: 50,
  /** Deploys in a long history. */
  history: 100_000,
  /** Deploys in a long queue. */
  orders: 10_000,
  /** Clients that follow a log at once. */
  followers: 500,
  /** Output of a loud build. */
  megabytes: 1000,
  idleSeconds: 600,
}

export type Settings = typeof defaults

const variables: Record<keyof Settings, string> = {
  rounds: 'ROUNDS',
  swaps: 'SWAPS',
  history: 'HISTORY',
  orders: 'ORDERS',
  followers: 'FOLLOWERS',
  megabytes: 'MEGABYTES',
  idleSeconds: 'IDLE_SECONDS',
}

/** @throws Error naming a variable that is no number. */
export function readSettings(env: NodeJS.ProcessEnv): { settings: Settings; isFullSize: boolean } {
  const settings = { ...defaults }
  for (const [key, variable] of Object.entries(variables) as [keyof Settings, string][]) {
    const text = env[variable]
    if (text === undefined) continue
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${variable} must be a whole number above 0, not "${text}"`)
    settings[key] = value
  }
  const isFullSize = (Object.keys(defaults) as (keyof Settings)[]).every((key) => settings[key] >= defaults[key])
  return { settings, isFullSize }
}
