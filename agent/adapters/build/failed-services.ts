// Finds in the output of compose the services whose images did not build.

/** The title of a step, `#5 [web 2/4] RUN make`, begins with the service if several are built. */
const stepTitle = /^#(\d+) \[([^\s\]]+)/
const failedStep = /^#(\d+) ERROR\b/
/** Bake, by which newer versions of compose build, names the service in its last line. */
const failedTarget = /^target (\S+): failed to solve/

export class FailedServices {
  readonly #services: string[]
  /** The service of each step, by the step's number. */
  readonly #serviceOfStep = new Map<string, string>()
  readonly #failed = new Set<string>()

  /** @param services those that compose builds at the same time. */
  constructor(services: string[]) {
    this.#services = services
  }

  readLine(line: string): void {
    const [, step = '', title = ''] = stepTitle.exec(line) ?? []
    if (step) this.#serviceOfStep.set(step, title)
    const failed = failedTarget.exec(line)?.[1] ?? this.#serviceOfStep.get(failedStep.exec(line)?.[1] ?? '')
    if (failed !== undefined && this.#services.includes(failed)) this.#failed.add(failed)
  }

  /** Returns an empty list if the output does not tell. */
  list(): string[] {
    return this.#services.length === 1 ? this.#services : [...this.#failed].toSorted()
  }
}
