// Room for a deploy on the file systems that it writes to.
import { Failure } from '../protocol/failure.ts'
import { forecast, type Space, size, tooLittle } from './disk-forecast.ts'

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
  return {
    async check() {
      const need = forecast(used())
      let spaces = await look()
      if (tooLittle(spaces, need, leave)) {
        await tidy()
        spaces = await look()
      }
      const what = tooLittle(spaces, need, leave)
      if (what) throw Failure.of('disk_full', { what })
      const least = Math.min(...spaces.map(({ free }) => free))
      return `${size(least)} free${need > 0 ? ` (needs about ${size(need)})` : ''}`
    },
    free: async () => (await look())[0]?.free ?? 0,
  }
}
