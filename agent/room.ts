// Room for a deploy on the file systems that it writes to.
import { forecast, type Space, size, tooLittle } from './disk.ts'
import { Failure } from './failure.ts'

export interface Room {
  /** What is free, and what a deploy needs, in words; refuses with `disk_full`. */
  check(): Promise<string>
  /** Bytes free where images are kept. */
  free(): Promise<number>
}

/**
 * @param look the file systems; the first is where images are kept.
 * @param used bytes that the last deploys needed.
 * @param tidy takes away what has had its time, before it is said that there is no room.
 * @param leave bytes that must stay free.
 */
export function room(
  look: () => Promise<Space[]>,
  used: () => number[],
  tidy: () => Promise<void>,
  leave: number,
): Room {
  const found = async () => tooLittle(await look(), forecast(used()), leave)
  return {
    async check() {
      if (await found()) await tidy()
      const what = await found()
      if (what) throw Failure.of('disk_full', { what })
      const need = forecast(used())
      const least = Math.min(...(await look()).map(({ free }) => free))
      return `${size(least)} free${need > 0 ? ` (needs about ${size(need)})` : ''}`
    },
    free: async () => (await look())[0]?.free ?? 0,
  }
}
