// Lists the steps of a deploy in their order, each with its key of `limits` in the configuration and that key's
// default. A step runs again after the engine went away or the agent died: every step must be repeatable.

export const steps = [
  { name: 'check out', limitKey: 'checkout', defaultSeconds: 60 },
  { name: 'check', limitKey: 'check', defaultSeconds: 30 },
  { name: 'build', limitKey: 'build', defaultSeconds: 1800 },
  { name: 'plan', limitKey: 'plan', defaultSeconds: 60 },
  { name: 'swap', limitKey: 'swap', defaultSeconds: 120 },
  { name: 'verify', limitKey: 'verify', defaultSeconds: 60 },
] as const

/** Further time of the step `swap`, for jobs and for services that others wait for. */
const servicesLimit = { limitKey: 'services', defaultSeconds: 120 } as const

/** The step after a failure. It does what `swap` and `verify` do and gets the time of both. */
export const restoreStep = 'put back'

/** Keys of `limits` in the configuration, with their defaults. */
export const stepLimits = [...steps, servicesLimit].map(({ limitKey, defaultSeconds }) => ({
  limitKey,
  defaultSeconds,
}))

export type LimitKey = (typeof stepLimits)[number]['limitKey']
export type StepName = (typeof steps)[number]['name'] | typeof restoreStep

/** Every step: those of a deploy that succeeds, in their order, then `put back`. */
export const stepNames: StepName[] = [...steps.map(({ name }) => name), restoreStep]

/** Seconds that each step may take by the `limits` of the configuration. */
export function stepSeconds(limits: Record<LimitKey, number>): Record<StepName, number> {
  const configured = Object.fromEntries(steps.map(({ name, limitKey }) => [name, limits[limitKey]]))
  return {
    ...(configured as Record<(typeof steps)[number]['name'], number>),
    swap: limits.swap + limits.services,
    [restoreStep]: limits.swap + limits.services + limits.verify,
  }
}
