// The ratios as a picture, in SVG by hand: a script's bar is as long as the others', ours is its share of it.
import type { Unit } from './bench-row.ts'
import type { Results } from './results.ts'

const size = { label: 300, bar: 330, figures: 150, line: 34, top: 58 }
const width = size.label + size.bar + size.figures

const style = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .small { font-size: 11px; fill: #59636e }
    .theirs { fill: #d1d9e0 }
    .ours { fill: #1f883d }
    .reach { stroke: #cf222e; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .small { fill: #9198a1 }
      .theirs { fill: #3d444d }
      .ours { fill: #3fb950 }
      .reach { stroke: #f85149 }
    }`

export function chart({ rows, settings }: Pick<Results, 'rows' | 'settings'>): string {
  const turns = `${settings.rounds} turns, ${settings.swaps} under load`
  const bars = rows.flatMap((row) => (row.chart ? [{ ...row.chart, reach: row.reach }] : []))
  const height = size.top + bars.length * size.line + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>What a deploy costs, against the script</title>
  <style>${style}
  </style>
  <text class="title" x="8" y="22">What a deploy costs, against the script that bpt-deployer replaces</text>
  <text class="small" x="8" y="42">Medians of one run (${turns}). Grey: the script. Green: bpt-deployer. Red: to be reached.</text>
${bars.map(bar).join('\n')}
</svg>
`
}

interface Bar {
  label: string
  unit: Unit
  ours: number
  theirs: number
  reach: number | null
}

function bar({ label, unit, ours, theirs, reach }: Bar, index: number): string {
  const top = size.top + index * size.line
  const across = (share: number) => (size.bar * Math.min(1, share)).toFixed(1)
  const at = (share: number) => size.label + Number(across(share))
  const drawn = [
    `  <text x="${size.label - 10}" y="${top + 17}" text-anchor="end">${label}</text>`,
    `  <rect class="theirs" x="${size.label}" y="${top + 3}" width="${size.bar}" height="20" rx="3"/>`,
    `  <rect class="ours" x="${size.label}" y="${top + 3}" width="${across(ours / theirs)}" height="20" rx="3"/>`,
    `  <text x="${size.label + size.bar + 10}" y="${top + 17}">${said(ours, unit)} of ${said(theirs, unit)}</text>`,
  ]
  if (reach !== null)
    drawn.push(`  <line class="reach" x1="${at(reach)}" x2="${at(reach)}" y1="${top}" y2="${top + 26}"/>`)
  return drawn.join('\n')
}

function said(value: number, unit: Unit): string {
  return unit === 'ms' ? `${(value / 1000).toFixed(2)} s` : `${Math.round(value)}`
}
