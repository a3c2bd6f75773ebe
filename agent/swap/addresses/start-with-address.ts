// Starts the containers of a swap in the order that keeps their addresses.
import type { Containers } from '../../interfaces/engine/containers.ts'
import type { AddressKeeper } from './keep-addresses.ts'

/** Lets the keeper decide when each container starts, and logs its start. */
export function startWithAddress(
  containers: Containers,
  keeper: AddressKeeper,
  present: { id: string; name: string }[],
): Pick<Containers, 'start' | 'waitFor'> {
  return {
    async start(container, ctx) {
      let hasStarted = false
      await keeper.start(container.id, async () => {
        hasStarted = await containers.start(container, ctx)
      })
      const name = present.find(({ id }) => id === container.id)?.name ?? container.service
      if (hasStarted) await ctx.output(` Container ${name}  Started`)
      return hasStarted
    },
    waitFor: (...args) => containers.waitFor(...args),
  }
}
