// What the deploys under load come to.
import { type Candidate, candidates, loaded, type Swap } from '../load/deploys-under-load.ts'
import { rate } from '../load/load-requests.ts'
import { counted } from '../measure/count-reasons.ts'
import { figure } from '../measure/turns.ts'
import { amount, type Row, ratio, row, worst } from '../report/bench-row.ts'
import type { Ground } from '../site/bench-site.ts'

/** Failed new connections at most, and how long the longest may wait. */
const reach: Partial<Record<Candidate, { refused: number; longest: number }>> = {
  hold: { refused: 0, longest: 2100 },
  standby: { refused: 0, longest: 500 },
}

export async function loadRows(ground: Ground, swaps: number): Promise<Row[]> {
  const found = await loaded(ground, swaps)
  const rows = candidates.flatMap((candidate) => rowsOf(candidate, found[candidate]))
  const gap = { plain: gapOf(found.plain), script: gapOf(found.script) }
  const refused = (candidate: Candidate) => figure(found[candidate].map((one) => one.refused.fresh.length))
  const compared = candidates.slice(0, -1).map((candidate) =>
    ratio(
      `${swaps} deploys under load`,
      `failed new connections, ${candidate} / script`,
      refused(candidate),
      refused('script'),
      {
        label: `refused in a deploy, ${candidate}`,
        unit: '',
      },
    ),
  )
  return [
    ...rows,
    ratio(`${swaps} deploys under load`, 'gap, plain / script', gap.plain, gap.script, {
      reach: 0.65,
      label: 'nobody is answered, plain',
    }),
    ...compared,
  ]
}

function rowsOf(candidate: Candidate, swaps: Swap[]): Row[] {
  const work = `${swaps.length} deploys under ${rate} requests/s, ${candidate}`
  const fresh = swaps.flatMap(({ refused }) => refused.fresh)
  const kept = swaps.flatMap(({ refused }) => refused.kept)
  const slow = swaps.flatMap(({ refused }) => refused.slow)
  const visits = swaps.reduce((sum, { visits }) => sum + visits.fresh, 0)
  const keptVisits = swaps.reduce((sum, { visits }) => sum + visits.kept, 0)
  const [withSlow, without] = [swaps.filter((one) => one.slow), swaps.filter((one) => !one.slow)]
  const promised = reach[candidate]
  return [
    amount(work, 'failed new connections', fresh.length, '', {
      ...(promised && { reach: promised.refused }),
      remarks: [`of ${visits}`, ...counted(fresh)],
    }),
    worst(work, 'longest wait of a new connection', figure(without.map(({ longest }) => longest)), {
      ...(promised && { reach: promised.longest }),
    }),
    worst(work, 'longest wait without a question to the database', figure(without.map((one) => one.longestWithout))),
    row(work, 'longest time without an answer', gapOf(swaps)),
    worst(work, 'longest wait, a response of 3 s in flight', figure(withSlow.map(({ longest }) => longest))),
    amount(work, 'responses of 3 s that were lost', slow.length, '', { remarks: counted(slow) }),
    amount(work, 'failed requests on kept-alive connections', kept.length, '', {
      remarks: [`of ${keptVisits}`, ...counted(kept)],
    }),
  ]
}

function gapOf(swaps: Swap[]) {
  return figure(swaps.filter(({ slow }) => !slow).map(({ gap }) => gap))
}
