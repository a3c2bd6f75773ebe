// Measures deploys under load, in turns by each swap strategy and by the script, and the requests that each affected.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { endProgressLine, printProgressDot } from '../measure/progress.ts'
import type { BenchSite } from '../site/bench-site.ts'
import { type LoadRecords, pathWithoutDatabase, type RequestRecord } from './load-request.ts'
import { sendSlowRequests } from './slow-requests.ts'

export const candidates = ['hold', 'standby', 'plain', 'script'] as const
export type Candidate = (typeof candidates)[number]

/** One deploy and the requests during it. */
export interface DeployUnderLoad {
  /** True when a response of 3 seconds was in flight all the time; the old container must not end before it. */
  hasSlowResponse: boolean
  failures: { newConnection: string[]; keptAlive: string[]; slowResponse: string[] }
  requestCounts: { newConnection: number; keptAlive: number }
  /** Counts only answered requests on new connections. */
  longestWaitMs: number
  /** Counts only those of these requests that need no database. */
  longestWaitWithoutDatabaseMs: number
  /** Longest time without any answer to a new connection. */
  longestGapMs: number
}

/** Deploys between two changes of the candidate; the last of them has a slow response in flight. */
const deploysPerTurn = 5

export async function deployUnderLoad(
  benchSite: BenchSite,
  deploys: number,
): Promise<Record<Candidate, DeployUnderLoad[]>> {
  const results: Record<Candidate, DeployUnderLoad[]> = { hold: [], standby: [], plain: [], script: [] }
  for (let done = 0; done < deploys; done += deploysPerTurn)
    for (const candidate of candidates) {
      await benchSite.setPushReceiver(candidate === 'script' ? 'script' : 'agent')
      await benchSite.setSwapStrategy(candidate === 'script' ? 'default' : candidate)
      results[candidate].push(...(await runTurn(Math.min(deploysPerTurn, deploys - done), benchSite)))
    }
  endProgressLine()
  await benchSite.setPushReceiver('agent')
  await benchSite.setSwapStrategy('default')
  return results
}

interface Deploy {
  began: number
  hasSlowResponse: boolean
  slowFailures: string[]
}

async function runTurn(count: number, benchSite: BenchSite): Promise<DeployUnderLoad[]> {
  const { address } = benchSite.site.vm
  const program = join(import.meta.dirname, 'load-generator.ts')
  const generator = fork(program, [`http://${address}`], { execArgv: ['--no-deprecation'] })
  const exited = new AbortController()
  generator.once('exit', (code) => exited.abort(new Error(`the load generator ended by itself (exit ${code})`)))
  try {
    await once(generator, 'message', { signal: exited.signal })
    const deploys: Deploy[] = []
    for (let n = 1; n <= count; n++) {
      await benchSite.commitNewVersion()
      const hasSlowResponse = n === count && n > 1
      const began = Date.now()
      const push = benchSite.push()
      const slowFailures = hasSlowResponse ? await sendSlowRequests(address, push) : []
      await push
      deploys.push({ began, hasSlowResponse, slowFailures })
      printProgressDot()
    }
    generator.send('end')
    const [records]: [LoadRecords] = (await once(generator, 'message', { signal: exited.signal })) as [LoadRecords]
    return deploys.map((deploy, index) =>
      evaluateDeploy(deploy, deploys[index + 1]?.began ?? Number.POSITIVE_INFINITY, records),
    )
  } finally {
    generator.kill()
  }
}

/** @param end the beginning of the next deploy. */
function evaluateDeploy(deploy: Deploy, end: number, records: LoadRecords): DeployUnderLoad {
  const isDuringDeploy = (time: number) => time >= deploy.began && time < end
  const duringDeploy = (records: RequestRecord[]) => records.filter(({ began }) => isDuringDeploy(began))
  const failuresOf = (records: RequestRecord[]) => records.flatMap(({ failure }) => failure ?? [])
  const newConnection = duringDeploy(records.newConnection)
  const keptAlive = duringDeploy(records.keptAlive)
  const answered = newConnection.filter(({ failure }) => failure === null)
  const gaps = findGaps(records.newConnection).filter(({ from }) => isDuringDeploy(from))
  return {
    hasSlowResponse: deploy.hasSlowResponse,
    failures: {
      newConnection: failuresOf(newConnection),
      keptAlive: failuresOf(keptAlive),
      slowResponse: deploy.slowFailures,
    },
    requestCounts: { newConnection: newConnection.length, keptAlive: keptAlive.length },
    longestWaitMs: longestWaitMs(answered),
    longestWaitWithoutDatabaseMs: longestWaitMs(answered.filter(({ path }) => path === pathWithoutDatabase)),
    longestGapMs: Math.max(0, ...gaps.map(({ from, to }) => to - from)),
  }
}

/** Finds the times between two answers. A gap that begins in a deploy may end in the next one, as with the script. */
function findGaps(records: RequestRecord[]): { from: number; to: number }[] {
  const answerTimes = records
    .filter(({ failure }) => failure === null)
    .map(({ ended }) => ended)
    .sort((a, b) => a - b)
  return answerTimes.slice(1).map((to, index) => ({ from: answerTimes[index] ?? to, to }))
}

function longestWaitMs(records: RequestRecord[]): number {
  return Math.max(0, ...records.map(({ began, ended }) => ended - began))
}
