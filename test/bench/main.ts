// What the agent costs: beside the raw commands, beside the script that it replaces, and after a long life.
// npm run bench; ROUNDS=3 for a short one.
import { site } from '../e2e/site.ts'
import { deployRows } from './deploys.ts'
import { growthRows } from './growth.ts'
import { table } from './report.ts'

const rounds = Number(process.env.ROUNDS ?? 9)
await using bench = await site('bench')
const deploys = await deployRows(bench, rounds)
const growth = await growthRows(bench, rounds)
console.log(table([...deploys, ...growth]))
