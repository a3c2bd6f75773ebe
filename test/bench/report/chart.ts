// Draws the ratios as an SVG bar chart: the script's bar has the full length, the agent's bar its share of that.
import type { Unit } from './bench-row.ts'
import type { Results } from './results.ts'

/** Pixels. */
const size = { label: 300, bar: 330, figures: 150, line: 34, top: 58 }
const width = size.label + size.bar + size.figures

const style = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .small { font-size: 11px; fill: #59636e }
    .script { fill: #d1d9e0 }
    .agent { fill: #1f883d }
    .target { stroke: #cf222e; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .small { fill: #9198a1 }
      .script { fill: #3d444d }
      .agent { fill: #3fb950 }
      .target { stroke: #f85149 }
    }`

export function drawChart({ rows, settings }: Pick<Results, 'rows' | 'settings'>): string {
  const rounds = `${settings.rounds} rounds, ${settings.swaps} deploys under load`
  const bars = rows.flatMap((row) => (row.chart ? [{ ...row.chart, target: row.target }] : []))
  const height = size.top + bars.length * size.line + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>What a deploy costs, compared with the script</title>
  <style>${style}
  </style>
  <text class="title" x="8" y="22">What a deploy costs, compared with the script that bpt-deployer replaces</text>
  <text class="small" x="8" y="42">Medians of one run (${rounds}). Grey: the script. Green: bpt-deployer. Red: the target.</text>
${bars.map(drawBar).join('\n')}
</svg>
`
}

interface Bar {
  label: string
  unit: Unit
  agent: number
  script: number
  target: number | null
}

function drawBar({ label, unit, agent, script, target }: Bar, index: number): string {
  const top = size.top + index * size.line
  const barWidth = (share: number) => (size.bar * Math.min(1, share)).toFixed(1)
  const elements = [
    `  <text x="${size.label - 10}" y="${top + 17}" text-anchor="end">${label}</text>`,
    `  <rect class="script" x="${size.label}" y="${top + 3}" width="${size.bar}" height="20" rx="3"/>`,
    `  <rect class="agent" x="${size.label}" y="${top + 3}" width="${barWidth(agent / script)}" height="20" rx="3"/>`,
    `  <text x="${size.label + size.bar + 10}" y="${top + 17}">${format(agent, unit)} of ${format(script, unit)}</text>`,
  ]
  if (target !== null) {
    const x = size.label + Number(barWidth(target))
    elements.push(`  <line class="target" x1="${x}" x2="${x}" y1="${top}" y2="${top + 26}"/>`)
  }
  return elements.join('\n')
}

function format(value: number, unit: Unit): string {
  return unit === 'ms' ? `${(value / 1000).toFixed(2)} s` : `${Math.round(value)}`
}
