// Runs the command of a container's health check by ourselves: Docker does so only when its interval is over, which may
// be a minute after the container is ready.
import { buffer } from 'node:stream/consumers'
import type Docker from 'dockerode'
import type { HealthConfig } from 'dockerode'
import { decodeFrames } from './decode-frames.ts'
import { lastLineOf } from './health-verdict.ts'

/** Pauses after the first runs, which connections wait for, and after all later ones. */
const firstPausesMs = [200, 300, 400, 600, 800]
const pauseMs = 1_000

/** Defaults of Docker. moby, daemon/health.go */
const defaultIntervalMs = 30_000
const defaultStartIntervalMs = 5_000
const defaultTimeoutMs = 30_000
const maxRetries = 3

/** Docker's durations are in nanoseconds; 0 stands for the default. */
const nsDivisor = 1e6

/** Exit codes of a command that could not be run: they tell nothing about the app. */
const notRunCodes = new Set([126, 127])

/** The parts of Docker's inspection that describe a health check; dockerode does not know the shell of the image. */
interface CheckedContainer {
  Config: { Healthcheck?: HealthConfig | undefined; Shell?: string[] | null }
}

export class OwnHealthCheck {
  readonly #docker: Docker
  readonly #id: string
  readonly #signal: AbortSignal
  #runs = 0
  #nextAt = 0
  #current: Promise<void> | null = null
  #hasPassed = false
  #reason: string | null = null

  constructor(docker: Docker, id: string, signal: AbortSignal) {
    this.#docker = docker
    this.#id = id
    this.#signal = signal
  }

  get hasPassed(): boolean {
    return this.#hasPassed
  }

  /** The last answer against the container; null before the first, or if the command cannot be run. */
  get reason(): string | null {
    return this.#reason
  }

  /** The number of runs that have begun. */
  get runs(): number {
    return this.#runs
  }

  /** Starts a run unless another one is in progress or has just ended. */
  startIfDue(info: CheckedContainer): void {
    const command = checkCommand(info)
    if (!command || this.#current || performance.now() < this.#nextAt) return
    this.#runs++
    const timeoutMs = toMs(info.Config.Healthcheck?.Timeout) || defaultTimeoutMs
    this.#current = this.#run(command, timeoutMs).finally(() => {
      this.#nextAt = performance.now() + (firstPausesMs[this.#runs - 1] ?? pauseMs)
      this.#current = null
    })
  }

  /** Resolves when the run in progress has ended; never without one. */
  waitForResult(): Promise<void> {
    return this.#current ?? new Promise(() => {})
  }

  /** Milliseconds until `startIfDue` starts a run again. */
  get pauseMs(): number {
    return Math.max(0, this.#nextAt - performance.now())
  }

  async #run(command: string[], timeoutMs: number): Promise<void> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    const abortSignal = AbortSignal.any([this.#signal, late.signal])
    try {
      const options = { Cmd: command, AttachStdout: true, AttachStderr: true, abortSignal }
      const exec = await this.#docker.getContainer(this.#id).exec(options)
      const output = decodeFrames(await buffer(await exec.start({ abortSignal })))
      const { ExitCode } = await exec.inspect({ abortSignal })
      this.#hasPassed = ExitCode === 0
      if (ExitCode === null || notRunCodes.has(ExitCode)) return
      this.#reason = `its health check says: ${lastLineOf(output) || `exit ${ExitCode}`}`
    } catch {
      // Docker's own verdict decides if the container cannot run a command now.
      this.#hasPassed = false
      if (late.signal.aborted) this.#reason = `its health check does not answer within ${timeoutMs / 1000} s`
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Milliseconds until Docker itself would run the health check of a new container. */
export function dockerCheckDelayMs({ Config }: CheckedContainer): number {
  const { Interval, StartPeriod, StartInterval } = Config.Healthcheck ?? {}
  return StartPeriod ? toMs(StartInterval) || defaultStartIntervalMs : toMs(Interval) || defaultIntervalMs
}

/** Seconds after the start of a container until Docker calls it unhealthy at the latest; 0 without a health check. */
export function dockerVerdictSeconds({ Config }: CheckedContainer): number {
  const { Test = [], Interval, Timeout, Retries, StartPeriod } = Config.Healthcheck ?? {}
  if (Test.length === 0 || Test[0] === 'NONE') return 0
  const onceMs = (toMs(Interval) || defaultIntervalMs) + (toMs(Timeout) || defaultTimeoutMs)
  return Math.ceil((toMs(StartPeriod) + (Retries || maxRetries) * onceMs) / 1000)
}

function toMs(ns = 0): number {
  return ns / nsDivisor
}

/** Returns the command as Docker would run it; null without a health check. */
function checkCommand({ Config }: CheckedContainer): string[] | null {
  const [kind, ...args] = Config.Healthcheck?.Test ?? []
  if (kind === 'CMD') return args
  if (kind !== 'CMD-SHELL') return null
  return [...(Config.Shell?.length ? Config.Shell : ['/bin/sh', '-c']), ...args]
}
