// Holds removals of images open until the test ends them.
export class HeldRemovals {
  /** Revisions whose images are gone, in order. */
  readonly removed: string[] = []
  requests = 0
  readonly #begun = new Map<string, PromiseWithResolvers<void>>()
  readonly #ends = new Map<string, PromiseWithResolvers<void>>()
  #isHolding = true

  async removeTags(revisions: string[]): Promise<number> {
    this.requests++
    const revision = revisions.join()
    if (this.#isHolding) {
      const end = Promise.withResolvers<void>()
      this.#ends.set(revision, end)
      this.#beginning(revision).resolve()
      await end.promise
    }
    this.removed.push(...revisions)
    return revisions.length
  }

  /** Resolves when the removal of this revision's images has begun. */
  waitUntilBegun(revision: string): Promise<void> {
    return this.#beginning(revision).promise
  }

  /** Ends a removal, with a failure if one is given. */
  finish(revision: string, failure?: Error): void {
    const end = this.#ends.get(revision)
    if (!end) throw new Error(`no removal of ${revision} is held`)
    this.#ends.delete(revision)
    if (failure) end.reject(failure)
    else end.resolve()
  }

  /** Lets removals that begin from now on end at once. */
  holdNone(): void {
    this.#isHolding = false
  }

  #beginning(revision: string): PromiseWithResolvers<void> {
    const beginning = this.#begun.get(revision) ?? Promise.withResolvers<void>()
    this.#begun.set(revision, beginning)
    return beginning
  }
}
