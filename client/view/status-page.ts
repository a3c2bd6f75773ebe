// A Status as text for people. What is not as it should be comes first.
import type { ContainerStatus, Pause, RunningDeploy, Status } from '../../agent/protocol/messages.ts'
import type { Painter } from './paint.ts'
import { plainText } from './plain-text.ts'
import { ageText, dateAndAge } from './time-text.ts'

type Row = [label: string, text: string]

export function statusPage(status: Status, now: number, paint: Painter): string[] {
  const { agent, branch, disk } = status
  const rows: Row[] = [
    ...status.drift.map((sentence): Row => ['drift', paint('yellow', plainText(sentence))]),
    ['live', live(status, now, paint)],
    [branch.name, tip(status)],
    ['running', status.running ? running(status.running, now, paint) : 'none'],
    ...(status.pause ? [['paused', paint('yellow', paused(status.pause, now))] satisfies Row] : []),
    ['waiting', waiting(status)],
    ...(status.trouble === null ? [] : [['docker', paint('yellow', plainText(status.trouble))] satisfies Row]),
    ...containers(status.containers ?? [], status.live?.revision ?? null, now, paint),
    ...(disk
      ? [['disk', `${size(disk.free)} free of ${size(disk.total)} (${disk.path}), ${kept(status)}`] satisfies Row]
      : []),
    ['agent', `${agent.version}, up ${ageText(now - agent.since)}, pid ${agent.pid}`],
  ]
  const width = Math.max(8, ...rows.map(([label]) => label.length)) + 2
  return rows.map(([label, text]) => `${label.padEnd(width)}${text}`)
}

function kept({ releases }: Status): string {
  return `images of ${releases} release${releases === 1 ? '' : 's'} kept`
}

function live({ live }: Status, now: number, paint: Painter): string {
  if (!live) return 'nothing was deployed yet. Deploy: git push, or bptctl deploy main'
  const what = `${paint('green', live.revision.slice(0, 7))}  "${plainText(live.subject)}"`
  const swap = plainText(live.steps.find(({ name }) => name === 'swap')?.remark ?? '')
  const how = swap ? `   ${swap}` : ''
  return `${what}   deploy ${live.id} by ${plainText(live.by)}, ${dateAndAge(live.ended ?? live.accepted, now)}${how}`
}

function tip({ branch, live }: Status): string {
  if (branch.tip === null) return `no commit yet. Push one: git push production ${branch.name}`
  const short = branch.tip.slice(0, 7)
  if (!live) return short
  if (branch.tip === live.revision) return `${short}  is live`
  if (branch.ahead === null) return `${short}  is not live`
  if (branch.ahead === 0) return `${short}  behind live`
  return `${short}  ${branch.ahead} commit${branch.ahead === 1 ? '' : 's'} ahead of live`
}

function running(deploy: RunningDeploy, now: number, paint: Painter): string {
  const usually = deploy.usually === null ? '' : ` (usually ${ageText(deploy.usually)})`
  const step = `${deploy.step}, ${ageText(now - deploy.stepBegan)}${usually}`
  const line = paint('dim', plainText(deploy.lastLine).trim().slice(0, 60))
  return [`deploy ${deploy.id}  ${deploy.revision.slice(0, 7)} by ${plainText(deploy.by)}`, step, line]
    .join('   ')
    .trimEnd()
}

function paused({ by, since: at, reason }: Pause, now: number): string {
  return `by ${plainText(by)} since ${dateAndAge(at, now)}: ${plainText(reason)}. Go on: bptctl resume`
}

function waiting({ waiting, waitingCount }: Status): string {
  if (waitingCount === 0) return 'none'
  const named = waiting.map(({ id, revision, by }) => `deploy ${id}  ${revision.slice(0, 7)} by ${plainText(by)}`)
  const more = waitingCount - waiting.length
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

function containers(all: ContainerStatus[], live: string | null, now: number, paint: Painter): Row[] {
  const width = Math.max(0, ...all.map(({ container }) => container.length))
  const states = all.map((one) => condition(one, now))
  const stateWidth = Math.max(0, ...states.map(({ length }) => length))
  return all.map((one, index) => {
    const state = (states[index] ?? '').padEnd(stateWidth)
    const painted = one.state === 'running' && one.health !== 'unhealthy' ? state : paint('red', state)
    return [one.service, `${one.container.padEnd(width)}   ${painted}   ${image(one, live)}`.trimEnd()]
  })
}

function condition({ state, health, restarts, since, built }: ContainerStatus, now: number): string {
  const age = since === null ? '' : ` for ${ageText(now - since)}`
  if (state !== 'running') return `${state}${state === 'missing' ? '' : age}`
  const healthy = health === null || health === 'none' ? '' : `, ${health}`
  const often = built || restarts > 0 ? `, ${restarts} restart${restarts === 1 ? '' : 's'}` : ''
  return `running${healthy}${age}${often}`
}

function image({ image, revisions, latest, built, state }: ContainerStatus, live: string | null): string {
  if (state === 'missing' || !built) return ''
  const revision = live !== null && revisions.includes(live) ? live : revisions[0]
  const runs = `image ${plainText(image)} = ${revision?.slice(0, 7) ?? 'of no known revision'}`
  return latest ? runs : `${runs}, but ${plainText(image)} names another image now`
}

function size(bytes: number): string {
  return bytes < 10e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e9)} GB`
}
