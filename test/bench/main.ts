// What the agent costs beside the raw commands, and beside the script that it replaces: npm run bench
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Table from 'cli-table3'
import { site } from '../e2e/site.ts'
import { type Figure, inTurn, timed } from './measure.ts'

const rounds = Number(process.env.ROUNDS ?? 9)
const here = import.meta.dirname
const repository = '/bpt/production/code'

await using bench = await site('bench')
const { vm, ada } = bench
await vm.copyIn(join(here, 'old-hook.sh'), '/opt/old-hook/post-receive')
// The old hook runs as whoever pushes: as in its days, members of the group may use Docker and write the work tree.
await vm.run(`chmod 755 /opt/old-hook/post-receive; usermod -aG docker ada; chmod -R g+rwX ${repository}`)
const rawSteps = await readFile(join(here, 'raw-steps.sh'), 'utf8')

let version = 0
const change = () => ada.release(`bench ${++version}`)
const push = async (ref = 'main') => {
  const { code, output } = await ada.push({ ref, options: ['quiet'], force: true })
  if (code !== 0) throw new Error(`the push failed: ${output}`)
}
/** Which hooks the repository runs: the product's, the old script, or none. */
const hooks = (path: string | null) =>
  vm.run(
    path
      ? `git -C ${repository} config core.hooksPath ${path}`
      : `git -C ${repository} config --unset-all core.hooksPath || :`,
  )

const answers = async (wanted: number) => {
  const answered = await bench.answer()
  if (!answered.includes(`bench ${wanted}`)) throw new Error(`port 80 answers ${answered}, not bench ${wanted}`)
}

const deploys = await inTurn(
  {
    async agent() {
      await hooks(null)
      await change()
      const took = await timed(() => push())
      await answers(version)
      return took
    },
    async raw() {
      await hooks('/nonexistent')
      const revision = await change()
      const pushed = await timed(() => push())
      const { stdout } = await vm.run(`${rawSteps}`.replaceAll('"$1"', revision).replaceAll('$1', revision))
      await answers(version)
      return pushed + Number(/^took (\d+)$/m.exec(stdout)?.[1])
    },
    async script() {
      await hooks('/opt/old-hook')
      await change()
      const took = await timed(() => push())
      await vm.waitFor(() => answers(version).then(() => true), { what: 'the new version answers' })
      return took
    },
  },
  rounds,
)

let branch = 0
const pushes = await inTurn(
  {
    async hook() {
      await hooks(null)
      return timed(() => push(`HEAD:refs/heads/with-${++branch}`))
    },
    async bare() {
      await hooks('/nonexistent')
      return timed(() => push(`HEAD:refs/heads/bare-${++branch}`))
    },
  },
  rounds,
)
await hooks(null)

const node = '/usr/lib/bpt-deployer/bin/node'
const inside = (command: string) => async () => {
  const { stdout } = await vm.run(
    `began=$(date +%s%N); ${command} >/dev/null; echo $((($(date +%s%N) - began) / 1000))`,
    { as: 'ada' },
  )
  return Number(stdout) / 1000
}
await vm.writeFile('/tmp/empty.js', '')
const starts = await inTurn({ status: inside('bptctl status'), node: inside(`${node} /tmp/empty.js`) }, rounds * 2)

const table = new Table({
  head: ['work', 'measure', 'median', 'least', 'most', 'to reach'],
  style: { head: [], border: [] },
})
const row = (work: string, measure: string, { median, least, most }: Figure) =>
  table.push([work, measure, ms(median), ms(least), ms(most), ''])
row('one-line change', 'git push with the agent', deploys.agent)
row('one-line change', 'git push without a hook + raw Docker steps', deploys.raw)
row('one-line change', 'git push with the old script', deploys.script)
table.push([
  'one-line change',
  'hook and agent over the raw steps',
  ms(deploys.agent.median - deploys.raw.median),
  '',
  '',
  '',
])
table.push(['one-line change', 'agent / script', ratio(deploys.agent, deploys.script), '', '', '0.60'])
row('nothing to deploy', 'git push with the hook', pushes.hook)
row('nothing to deploy', 'git push without a hook', pushes.bare)
table.push(['nothing to deploy', 'hook over no hook', ms(pushes.hook.median - pushes.bare.median), '', '', '60 ms'])
row('bptctl status', 'whole command', starts.status)
row('bptctl status', 'the same Node, empty program', starts.node)
table.push(['bptctl status', 'status / empty program', ratio(starts.status, starts.node), '', '', '1.6'])
console.log(table.toString())

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

function ratio(a: Figure, b: Figure): string {
  return (a.median / b.median).toFixed(2)
}
