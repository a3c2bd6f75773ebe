// Makes random choices that a seed repeats: the same seed gives the same run.

export class RandomSource {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Includes 0 and excludes 1 (mulberry32). */
  nextFraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Includes both bounds. */
  nextInteger(min: number, max: number): number {
    return min + Math.floor(this.nextFraction() * (max - min + 1))
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.nextInteger(0, list.length - 1)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  shuffle<T>(list: readonly T[]): T[] {
    const remaining = [...list]
    return list.flatMap(() => remaining.splice(this.nextInteger(0, remaining.length - 1), 1))
  }
}
