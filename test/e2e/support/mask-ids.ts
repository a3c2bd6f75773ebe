// Replaces ids by names, so that equal settings of containers of two engines are equal texts.
import type { EngineObjects } from './engine-objects.ts'

/** An address of the engine's own pools, of which each new network gets the next free subnet. */
const poolAddress = /\b(?:172\.(?:1[7-9]|2\d|3[01])|192\.168)\.\d+\.\d+(?:\/\d+)?/g

export function maskIds(value: unknown, { containers, networks }: EngineObjects): unknown {
  let text = JSON.stringify(value)
  for (const { Id, Name, Mounts } of containers) {
    text = text.replaceAll(Id, `id of ${Name}`).replaceAll(Id.slice(0, 12), `id of ${Name}`)
    for (const { Name: volume = '' } of Mounts)
      if (/^[0-9a-f]{64}$/.test(volume)) text = text.replaceAll(volume, 'an anonymous volume')
  }
  // Compose writes the id of an external network instead of its name.
  for (const { Id, Name } of networks) text = text.replaceAll(Id, `id of ${Name}`)
  return JSON.parse(text.replaceAll(poolAddress, 'of the pool'))
}
