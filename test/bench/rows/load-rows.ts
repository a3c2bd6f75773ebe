// Measures the rows of the deploys under load.
import { type Candidate, candidates, type DeployUnderLoad, deployUnderLoad } from '../load/deploys-under-load.ts'
import { totalRequestsPerSecond } from '../load/load-request.ts'
import { countReasons } from '../measure/count-reasons.ts'
import { type Distribution, distributionOf } from '../measure/distribution.ts'
import { type BenchRow, maxRow, medianRow, ratioRow, valueRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

/** Targets of new connections: how many may fail, and how long each may wait. */
const targets: Partial<Record<Candidate, { failures: number; longestWaitMs: number }>> = {
  hold: { failures: 0, longestWaitMs: 2100 },
  standby: { failures: 0, longestWaitMs: 500 },
}

export async function measureLoad(benchSite: BenchSite, deploys: number): Promise<BenchRow[]> {
  const results = await deployUnderLoad(benchSite, deploys)
  const rows = candidates.flatMap((candidate) => rowsOf(candidate, results[candidate]))
  const workload = `${deploys} deploys under load`
  const failureCounts = (candidate: Candidate) =>
    distributionOf(results[candidate].map(({ failures }) => failures.newConnection.length))
  const failureRatios = candidates
    .slice(0, -1)
    .map((candidate) =>
      ratioRow(
        workload,
        `failed new connections, ${candidate} / script`,
        failureCounts(candidate),
        failureCounts('script'),
        { label: `refused in a deploy, ${candidate}`, unit: '' },
      ),
    )
  const gapRatio = ratioRow(workload, 'gap, plain / script', gapsOf(results.plain), gapsOf(results.script), {
    target: 0.65,
    label: 'time without any answer, plain',
  })
  return [...rows, gapRatio, ...failureRatios]
}

function rowsOf(candidate: Candidate, deploys: DeployUnderLoad[]): BenchRow[] {
  const workload = `${deploys.length} deploys under ${totalRequestsPerSecond} requests/s, ${candidate}`
  const newConnection = deploys.flatMap(({ failures }) => failures.newConnection)
  const keptAlive = deploys.flatMap(({ failures }) => failures.keptAlive)
  const slowResponse = deploys.flatMap(({ failures }) => failures.slowResponse)
  const newConnectionCount = sum(deploys.map(({ requestCounts }) => requestCounts.newConnection))
  const keptAliveCount = sum(deploys.map(({ requestCounts }) => requestCounts.keptAlive))
  const withSlow = deploys.filter(({ hasSlowResponse }) => hasSlowResponse)
  const withoutSlow = deploys.filter(({ hasSlowResponse }) => !hasSlowResponse)
  const longestWaits = distributionOf(withoutSlow.map(({ longestWaitMs }) => longestWaitMs))
  const longestWaitsWithSlow = distributionOf(withSlow.map(({ longestWaitMs }) => longestWaitMs))
  const longestWaitsWithoutDatabase = distributionOf(
    withoutSlow.map(({ longestWaitWithoutDatabaseMs }) => longestWaitWithoutDatabaseMs),
  )
  const target = targets[candidate]
  return [
    valueRow(workload, 'failed new connections', newConnection.length, '', {
      ...(target && { target: target.failures }),
      remarks: [`of ${newConnectionCount}`, ...countReasons(newConnection)],
    }),
    maxRow(workload, 'longest wait of a new connection', longestWaits, {
      ...(target && { target: target.longestWaitMs }),
    }),
    maxRow(workload, 'longest wait of a request without a database query', longestWaitsWithoutDatabase),
    medianRow(workload, 'longest time without any answer', gapsOf(deploys)),
    maxRow(workload, 'longest wait while a response of 3 s is in flight', longestWaitsWithSlow),
    valueRow(workload, 'lost responses of 3 s', slowResponse.length, '', { remarks: countReasons(slowResponse) }),
    valueRow(workload, 'failed requests on kept-alive connections', keptAlive.length, '', {
      remarks: [`of ${keptAliveCount}`, ...countReasons(keptAlive)],
    }),
  ]
}

function gapsOf(deploys: DeployUnderLoad[]): Distribution {
  return distributionOf(deploys.flatMap(({ hasSlowResponse, longestGapMs }) => (hasSlowResponse ? [] : [longestGapMs])))
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
