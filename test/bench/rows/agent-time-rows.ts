// Measures the rows of the agent's own time in a deploy: the time without a running command, an open request to the
// engine, the boot of the new container, and an availability probe that still waits for its connection although the new
// container answers already.
import {
  commandSpans,
  engineRequestSpans,
  heldProbeSpans,
  type Span,
  type Trace,
  uncoveredMs,
  withTrace,
} from '../measure/agent-trace.ts'
import { type Distribution, distributionOf } from '../measure/distribution.ts'
import { endProgressLine, printProgressDot } from '../measure/progress.ts'
import { startVersionProbe } from '../measure/version-probe.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type BenchRow, medianRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

/** Prints the nanoseconds for which the agent's JavaScript thread ran, and those for which it waited for a CPU. */
const printSchedulerTimes = 'cat /proc/$(systemctl show -P MainPID bpt-deployer)/schedstat'
const printContainerTimes = `docker inspect --format '{{.State.StartedAt}}\n{{(index .State.Health.Log 0).End}}' bpt-production`

/** One deploy that was measured. */
interface MeasuredDeploy {
  span: Span
  /** From the start of the container until it answers. */
  bootSpan: Span
  /** Time of the first answer of the new version. */
  answeredAt: number
  cpuMs: number
  cpuWaitMs: number
}

export async function measureAgentTime(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  // Only this strategy never waits on purpose, for example for requests in flight.
  await benchSite.setSwapStrategy('plain')
  const { deploys, trace } = await traceDeploys(benchSite, rounds)
  await benchSite.setSwapStrategy('default')
  const probeWaits = deploys.flatMap((deploy) => probeWaitsAfterAnswer(deploy, trace))
  // Pruning starts commands after the deploy.
  const isInDeploy = ({ from, to }: Span) => deploys.some(({ span }) => span.from <= from && to <= span.to)
  const commands = commandSpans(trace).filter(isInDeploy)
  const engineRequests = engineRequestSpans(trace)
  const waits = [...commands, ...engineRequests, ...deploys.map(({ bootSpan }) => bootSpan)]
  const requestsPerDeploy = Math.round(engineRequests.filter(isInDeploy).length / rounds)
  const commandsPerDeploy = Math.round(commands.length / rounds)
  const lowerBound = await measureMinimalCalls(benchSite, requestsPerDeploy, commandsPerDeploy, rounds)
  const ownMs = ({ span }: MeasuredDeploy) => uncoveredMs(span, [...waits, ...probeWaits])
  const each = (value: (deploy: MeasuredDeploy) => number) => distributionOf(deploys.map(value))
  const workload = "agent's own time in a deploy (plain)"
  return [
    medianRow(
      workload,
      "wall time minus commands, engine answers, the app's boot and held availability probes",
      each(ownMs),
      { target: 60 },
    ),
    medianRow(
      workload,
      'CPU time of the agent, including the push',
      each(({ cpuMs }) => cpuMs),
    ),
    medianRow(workload, 'lower bound: a program with the same number of calls, commands and records', lowerBound),
    medianRow(
      workload,
      'agent waits for a CPU',
      each(({ cpuWaitMs }) => cpuWaitMs),
    ),
    medianRow(
      workload,
      'held availability probes only, not included',
      each((deploy) => uncoveredMs(deploy.span, waits) - ownMs(deploy)),
    ),
    medianRow(
      workload,
      'wall time',
      each(({ span }) => span.to - span.from),
    ),
  ]
}

async function traceDeploys(
  benchSite: BenchSite,
  rounds: number,
): Promise<{ deploys: MeasuredDeploy[]; trace: Trace }> {
  const { vm } = benchSite.site
  using probe = startVersionProbe(vm.address)
  const readSchedulerMs = async () =>
    (await vm.run(printSchedulerTimes)).stdout.split(' ').map((ns) => Number(ns) / 1e6)
  return await withTrace(vm, async (readTrace) => {
    const deploys: MeasuredDeploy[] = []
    for (let round = 0; round < rounds; round++) {
      const { version } = await benchSite.commitNewVersion()
      const [cpuBefore = 0, cpuWaitBefore = 0] = await readSchedulerMs()
      const [answeredAt] = await Promise.all([probe.waitForVersion(version, 0), benchSite.push()])
      const [cpuAfter = 0, cpuWaitAfter = 0] = await readSchedulerMs()
      const [newest] = await benchSite.site.history()
      const span = { from: newest?.accepted ?? Number.NaN, to: newest?.ended ?? Number.NaN }
      const times = (await vm.run(printContainerTimes)).stdout.split('\n').map(Date.parse)
      const [startedAt = Number.NaN, healthyAt = Number.NaN] = times
      // Waiting for Docker's first health check is part of the boot, if the deploy waited for it.
      const bootEnd = healthyAt <= span.to ? Math.max(answeredAt, healthyAt) : answeredAt
      const bootSpan = { from: startedAt, to: bootEnd }
      deploys.push({ span, bootSpan, answeredAt, cpuMs: cpuAfter - cpuBefore, cpuWaitMs: cpuWaitAfter - cpuWaitBefore })
      printProgressDot()
    }
    endProgressLine()
    return { deploys, trace: await readTrace() }
  })
}

/** A probe that connected while nothing answered keeps waiting: the kernel repeats the SYN only after a second. */
function probeWaitsAfterAnswer({ span, answeredAt }: MeasuredDeploy, trace: Trace): Span[] {
  return heldProbeSpans(trace)
    .filter(({ from, to }) => from < span.to && to > answeredAt)
    .map(({ from, to }) => ({ from: Math.max(answeredAt, from), to }))
}

async function measureMinimalCalls(
  { site: { vm } }: BenchSite,
  engineRequests: number,
  commands: number,
  rounds: number,
): Promise<Distribution> {
  const program = await copyProgram(vm, 'minimal-calls.ts')
  const { stdout } = await vm.run(`${program} /run/docker.sock ${engineRequests} ${commands} ${rounds}`)
  const cpuMs: number[] = JSON.parse(stdout)
  return distributionOf(cpuMs)
}
