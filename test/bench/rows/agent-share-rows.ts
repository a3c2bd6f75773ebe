// The agent's own share of a deploy: the time in which no command of it runs, the engine owes it no answer, the new
// container has not yet to boot, and no visitor of it waits for the answer to a connection made before that.
import { commands, held, owed, type Span, traced, uncovered } from '../measure/agent-trace.ts'
import { type Figure, figure, tick } from '../measure/turns.ts'
import { probes } from '../measure/version-probe.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type Row, row } from '../report/bench-row.ts'
import type { Ground } from '../site/bench-site.ts'

/** Nanoseconds for which the agent's one thread of JavaScript had a processor, and for which it waited for one. */
const processor = 'cat /proc/$(systemctl show -P MainPID bpt-deployer)/schedstat'
const times = `docker inspect --format '{{.State.StartedAt}}\n{{(index .State.Health.Log 0).End}}' bpt-production`

export async function shareRows(ground: Ground, rounds: number): Promise<Row[]> {
  const { vm } = ground.site
  // Of the strategies the one without waits on purpose, such as for requests in flight.
  await ground.strategy('plain')
  const deploys: Span[] = []
  const boots: Span[] = []
  const answers: number[] = []
  const busy: number[] = []
  const queued: number[] = []
  const spent = async () => (await vm.run(processor)).stdout.split(' ').map((ns) => Number(ns) / 1e6)
  using visits = probes(vm.address)
  const trace = await traced(vm, async (trace) => {
    for (let round = 0; round < rounds; round++) {
      const { version } = await ground.change()
      const [busyBefore = 0, queuedBefore = 0] = await spent()
      const [to] = await Promise.all([visits.answered(version, 0), ground.push()])
      const [busyAfter = 0, queuedAfter = 0] = await spent()
      busy.push(busyAfter - busyBefore)
      queued.push(queuedAfter - queuedBefore)
      const [newest] = await ground.site.history()
      const deploy = { from: newest?.accepted ?? Number.NaN, to: newest?.ended ?? Number.NaN }
      const [started = Number.NaN, healthy = Number.NaN] = (await vm.run(times)).stdout.split('\n').map(Date.parse)
      // A deploy that waits for Docker's first health check waits for no doing of its own.
      boots.push({ from: started, to: healthy <= deploy.to ? Math.max(to, healthy) : to })
      answers.push(to)
      deploys.push(deploy)
      tick()
    }
    return trace()
  })
  // Who connected while nothing answered is awaited: his kernel tries again a second after it first did.
  const waiting = deploys.flatMap(({ to }, round) => {
    const answered = answers[round] ?? Number.NaN
    const some = held(trace).filter((one) => one.from < to && one.to > answered)
    return some.map((one) => ({ from: Math.max(answered, one.from), to: one.to }))
  })
  // Pruning starts commands after the deploy.
  const own = ({ from, to }: Span) => deploys.some((deploy) => deploy.from <= from && to <= deploy.to)
  const started = commands(trace).filter(own)
  const asked = owed(trace)
  const waits = [...started, ...asked, ...boots]
  await ground.strategy('usual')
  const least = await leastShare(
    ground,
    [asked.filter(own), started].map(({ length }) => Math.round(length / rounds)),
    rounds,
  )
  const share = figure(deploys.map((deploy) => uncovered(deploy, [...waits, ...waiting])))
  const whole = figure(deploys.map(({ from, to }) => to - from))
  const measure = "plain: wall time less commands, the engine's answers, the app's boot and held visitors"
  const visiting = figure(deploys.map((deploy) => uncovered(deploy, waits) - uncovered(deploy, [...waits, ...waiting])))
  return [
    row("agent's own share of a deploy", measure, share, { reach: 60 }),
    row("agent's own share of a deploy", 'plain: the agent at work, push and all', figure(busy)),
    row("agent's own share of a deploy", 'least: a program that only asks, starts and records as often', least),
    row("agent's own share of a deploy", 'plain: the agent waits for a processor', figure(queued)),
    row("agent's own share of a deploy", 'plain: held visitors alone, not part of it', visiting),
    row("agent's own share of a deploy", 'plain: wall time', whole),
  ]
}

/** @param counts questions to the engine and commands of a deploy. */
async function leastShare({ site: { vm } }: Ground, counts: number[], rounds: number): Promise<Figure> {
  const program = await copyProgram(vm, 'minimal-calls.ts')
  const { stdout } = await vm.run(`${program} /run/docker.sock ${counts.join(' ')} ${rounds}`)
  const spent: number[] = JSON.parse(stdout)
  return figure(spent)
}
