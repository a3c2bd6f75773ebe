// Lays out the agent's status as a page for people. Drift comes first.
import { availabilityText, shortHash, sizeText } from '../../agent/protocol/deploy-text.ts'
import type { Deploy, Pause, RunningDeploy, Status } from '../../agent/protocol/messages.ts'
import { formatRows, type LabelledRow, row, sentenceRows } from '../text/labelled-rows.ts'
import { plainWords } from '../text/plain-text.ts'
import { ageAt, ageText, dateAndAge, shortDate } from '../text/time-text.ts'
import { containerTable } from './container-table.ts'
import { failureText, stateStyle } from './outcome-text.ts'
import { type PageContext, userText } from './page-context.ts'

export function statusPage(status: Status, page: PageContext): string[] {
  const { agent, branch, live, last } = status
  const table = containerTable(status.containers ?? [], live?.revision ?? null, page)
  return [
    ...formatRows(page.layout, [
      ...status.pushObstacles.flatMap((text) => sentenceRows('push', text, page.layout)),
      ...status.drift.flatMap((text) => sentenceRows('drift', text, page.layout)),
      ...(status.fault === null ? [] : sentenceRows('fault', status.fault, page.layout)),
      ...liveRows(live, page),
      ...(last ? [lastRow(last, page)] : []),
      row(branch.name, { text: branchText(status) }),
      status.running ? runningRow(status.running, page) : row('running', { text: 'none' }),
      ...(status.pause ? pauseRows(status.pause, page) : []),
      ...waitingRows(status, page),
      ...(status.trouble === null ? [] : sentenceRows('docker', status.trouble, page.layout)),
    ]),
    ...(table.length > 0 ? ['', ...table] : []),
    ...formatRows(page.layout, [
      ...diskRows(status),
      row('agent', {
        text: `${plainWords(agent.version)}, up ${ageAt(agent.since, page.now) || 'now'}, pid ${agent.pid}`,
      }),
    ]),
  ]
}

function liveRows(live: Deploy | null, page: PageContext): LabelledRow[] {
  if (!live) return [row('live', { text: 'nothing was deployed yet. Deploy: git push, or bptctl deploy BRANCH' })]
  const when = dateAndAge(live.ended ?? live.accepted, page.now)
  return [
    row(
      'live',
      { text: shortHash(live.revision), style: 'green' },
      { text: '  ' },
      { text: `"${plainWords(live.subject)}"`, shrinks: true },
      { text: `  deploy ${live.id} by ${userText(live, page)}, ${when}` },
    ),
    ...(live.visits ? [row('', { text: availabilityText(live.visits) })] : []),
  ]
}

function lastRow(last: Deploy, page: PageContext): LabelledRow {
  return row(
    'last',
    { text: `${shortHash(last.revision)}  ` },
    { text: last.state, style: stateStyle(last.state) },
    { text: ` ${shortDate(last.ended ?? last.accepted, page.now)}  ` },
    { text: failureText(last), shrinks: true },
    { text: `  bptctl log ${last.id}` },
  )
}

function branchText({ branch, live }: Status): string {
  if (branch.tip === null)
    return `${live ? 'does not exist. Push it' : 'no commit yet. Push one'}: git push production ${plainWords(branch.name)}`
  const short = shortHash(branch.tip)
  if (!live) return short
  if (branch.tip === live.revision) return `${short}  is live`
  if (branch.ahead === null) return `${short}  is not live`
  if (branch.ahead === 0) return `${short}  behind live`
  return `${short}  ${branch.ahead} commit${branch.ahead === 1 ? '' : 's'} ahead of live`
}

function runningRow(deploy: RunningDeploy, page: PageContext): LabelledRow {
  const usually = deploy.usually === null ? '' : ` of usually ${ageText(deploy.usually)}`
  const step = `${plainWords(deploy.step)}, ${ageAt(deploy.stepBegan, page.now) || 'now'}${usually}`
  return row(
    'running',
    { text: `deploy ${deploy.id}  ${shortHash(deploy.revision)} by ${userText(deploy, page)}: ${step}` },
    { text: `   ${plainWords(deploy.lastLine)}`, style: 'dim', shrinks: true },
  )
}

function pauseRows({ by, since, reason }: Pause, page: PageContext): LabelledRow[] {
  return [
    row('paused', {
      text: `by ${plainWords(by)} since ${dateAndAge(since, page.now)}: ${plainWords(reason)}`,
      style: 'yellow',
    }),
    row('', { text: 'Continue: bptctl resume' }),
  ]
}

function waitingRows({ waiting, waitingCount }: Status, page: PageContext): LabelledRow[] {
  if (waitingCount === 0) return [row('waiting', { text: 'none' })]
  const texts = waiting.map(
    (deploy) =>
      `deploy ${deploy.id}  ${shortHash(deploy.revision)} by ${userText(deploy, page)}  "${plainWords(deploy.subject)}"`,
  )
  const more = waitingCount - waiting.length
  if (more > 0) texts.push(`${more} more`)
  return texts.map((text, index) => row(index === 0 ? 'waiting' : '', { text }))
}

function diskRows({ disk, releases }: Status): LabelledRow[] {
  if (!disk) return []
  const kept = `images of ${releases} release${releases === 1 ? '' : 's'} kept`
  return [
    row(
      'disk',
      { text: `${sizeText(disk.free)} free of ${sizeText(disk.total)} on ` },
      { text: plainWords(disk.path), shrinks: true },
      { text: `; ${kept}` },
    ),
  ]
}
