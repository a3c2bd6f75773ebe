// How much is measured. A shorter run by the environment: ROUNDS=2 SWAPS=4 ORDERS=500 MEGABYTES=20 IDLE_SECONDS=30.

const usual = {
  /** Of each candidate that takes turns with others. */
  rounds: 9,
  /** Deploys under load, of each strategy. */
  swaps: 50,
  /** Deploys in a long history. */
  history: 100_000,
  /** Deploys that wait at once. */
  orders: 10_000,
  followers: 500,
  /** What a loud build prints. */
  megabytes: 1000,
  idleSeconds: 600,
}

export type Settings = typeof usual

const names: Record<keyof Settings, string> = {
  rounds: 'ROUNDS',
  swaps: 'SWAPS',
  history: 'HISTORY',
  orders: 'ORDERS',
  followers: 'FOLLOWERS',
  megabytes: 'MEGABYTES',
  idleSeconds: 'IDLE_SECONDS',
}

/** @throws Error naming a variable that is no number. */
export function settings(env: NodeJS.ProcessEnv): { settings: Settings; whole: boolean } {
  const chosen = { ...usual }
  for (const [key, name] of Object.entries(names) as [keyof Settings, string][]) {
    const text = env[name]
    if (text === undefined) continue
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number above 0, not "${text}"`)
    chosen[key] = value
  }
  const whole = (Object.keys(usual) as (keyof Settings)[]).every((key) => chosen[key] >= usual[key])
  return { settings: chosen, whole }
}
