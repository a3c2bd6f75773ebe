// Measures the rows of a one-line change and of a rollback: by the agent, by the script that it replaces, and by two
// lower bounds.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Distribution, distributionOf } from '../measure/distribution.ts'
import { measureInTurns, measureMs } from '../measure/turns.ts'
import { startVersionProbe, type VersionProbe } from '../measure/version-probe.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type BenchRow, differenceRow, medianRow, ratioRow } from '../report/bench-row.ts'
import { type BenchSite, type CommittedVersion, withReceiver } from '../site/bench-site.ts'

export async function measureReleases(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  const { vm } = benchSite.site
  using probe = startVersionProbe(vm.address)
  const dockerSteps = await readFile(join(import.meta.dirname, '../baselines/docker-steps.sh'), 'utf8')
  const minimalDeploy = await copyProgram(vm, 'minimal-deploy.ts')
  /** Of all rounds, the warm-up first. */
  const minimalSwapMs: number[] = []
  const results = await measureInTurns(
    {
      ...(await releaseCandidates(benchSite, probe)),
      dockerSteps: withReceiver(benchSite, 'none', async () => {
        const { version, revision } = await benchSite.commitNewVersion()
        const pushMs = await measureMs(() => benchSite.push())
        const steps = vm.run(dockerSteps.replaceAll('$1', revision), { timeoutMs: 120_000 })
        const [answeredAt, { stdout }] = await Promise.all([probe.waitForVersion(version, 0), steps])
        return pushMs + answeredAt - Number(/^began (\d+)$/m.exec(stdout)?.[1])
      }),
      minimalDeploy: withReceiver(benchSite, 'none', async () => {
        const { revision } = await benchSite.commitNewVersion()
        const pushMs = await measureMs(() => benchSite.push())
        const { deployMs, swapMs } = JSON.parse((await vm.run(`${minimalDeploy} ${revision}`)).stdout)
        minimalSwapMs.push(swapMs)
        return pushMs + deployMs
      }),
    },
    rounds,
  )
  await benchSite.setPushReceiver('agent')
  const minimalSwap = distributionOf(minimalSwapMs.slice(1))
  return [
    ...releaseRows('hold', results),
    medianRow('one-line change', 'Docker commands by hand: push until the new version answers', results.dockerSteps),
    differenceRow('one-line change', 'agent minus Docker commands', results.agent, results.dockerSteps),
    medianRow(
      'one-line change',
      'lower bound: push, then build, stop and start by direct API calls',
      results.minimalDeploy,
    ),
    ratioRow('one-line change', 'lower bound / script', results.minimalDeploy, results.script),
    ratioRow(
      'rollback',
      "lower bound: stop and start by direct API calls / script's push",
      minimalSwap,
      results.script,
    ),
  ]
}

/** Measures the same with a standby container that serves during the swap. */
export async function measureStandbyReleases(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  await benchSite.setSwapStrategy('standby')
  using probe = startVersionProbe(benchSite.site.vm.address)
  const results = await measureInTurns(await releaseCandidates(benchSite, probe), rounds)
  await benchSite.setPushReceiver('agent')
  await benchSite.setSwapStrategy('default')
  return releaseRows('standby', results)
}

type Candidate = 'agent' | 'rollback' | 'script'

async function releaseCandidates(
  benchSite: BenchSite,
  probe: VersionProbe,
): Promise<Record<Candidate, () => Promise<number>>> {
  // The first rollback needs a release to go back to.
  const firstRelease = await benchSite.commitNewVersion()
  await pushUntilAnswered(benchSite, probe, firstRelease.version)
  const releases = [firstRelease]
  const commitRelease = async () => {
    const release = await benchSite.commitNewVersion()
    releases.push(release)
    return release
  }
  return {
    agent: withReceiver(benchSite, 'agent', async () => {
      // The containers before are those of the agent, as for its users: the script has left others.
      await pushUntilAnswered(benchSite, probe, (await commitRelease()).version)
      return pushUntilAnswered(benchSite, probe, (await commitRelease()).version)
    }),
    async rollback() {
      const previous = releases.at(-2)
      if (!previous) throw new Error('no release to roll back to')
      return rollBackUntilAnswered(benchSite, probe, previous)
    },
    script: withReceiver(benchSite, 'script', async () => {
      const { version } = await benchSite.commitNewVersion()
      return pushUntilAnswered(benchSite, probe, version)
    }),
  }
}

function releaseRows(strategy: string, results: Record<Candidate, Distribution>): BenchRow[] {
  const [change, rollback] = [`one-line change, ${strategy}`, `rollback, ${strategy}`]
  return [
    medianRow(change, 'agent: push until the new version answers', results.agent),
    medianRow(change, 'script: push until the new version answers', results.script),
    ratioRow(change, 'agent / script', results.agent, results.script, {
      target: 0.6,
      label: `one-line change, ${strategy}`,
    }),
    medianRow(rollback, 'command until the previous version answers', results.rollback),
    ratioRow(rollback, "rollback / script's push", results.rollback, results.script, {
      target: 0.45,
      label: `rollback, ${strategy}`,
    }),
  ]
}

/** Returns the milliseconds from the start of a push until its version answers; the push has ended by then, too. */
export async function pushUntilAnswered(benchSite: BenchSite, probe: VersionProbe, version: string): Promise<number> {
  const began = Date.now()
  const [answeredAt] = await Promise.all([probe.waitForVersion(version, began), benchSite.push()])
  return answeredAt - began
}

async function rollBackUntilAnswered(
  { site: { vm } }: BenchSite,
  probe: VersionProbe,
  { version, revision }: CommittedVersion,
): Promise<number> {
  // The VM prints when the command begins, so that the way into the VM does not count.
  const command = vm.run(`date +%s%3N; exec bptctl rollback ${revision}`, { as: 'ada', timeoutMs: 120_000 })
  const [answeredAt, { stdout }] = await Promise.all([probe.waitForVersion(version, Date.now()), command])
  return answeredAt - Number(/^\d+/.exec(stdout)?.[0])
}
