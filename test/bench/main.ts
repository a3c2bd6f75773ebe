// What the agent costs: beside the raw commands, beside the script that it replaces, and after a long life.
// npm run bench [-- deploys | growth]; ROUNDS=3 for a short one.
import { site } from '../e2e/site.ts'
import { deployRows } from './deploys.ts'
import { growthRows } from './growth.ts'
import { table } from './report.ts'

const parts = { deploys: deployRows, growth: growthRows }
const [wanted] = process.argv.slice(2)
const rounds = Number(process.env.ROUNDS ?? 9)
await using bench = await site('bench')
for (const [name, rows] of Object.entries(parts))
  if (wanted === undefined || wanted === name) console.log(table(await rows(bench, rounds)))
