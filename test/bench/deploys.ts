// A deploy by the agent, by the raw Docker steps, and by the script that the agent replaces, in turn.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Site } from '../e2e/site.ts'
import { inTurn, timed } from './measure.ts'
import { difference, type Row, ratio, row } from './report.ts'

const repository = '/bpt/production/code'

export async function deployRows(site: Site, rounds: number): Promise<Row[]> {
  const { vm, ada } = site
  const rawSteps = await readFile(join(import.meta.dirname, 'raw-steps.sh'), 'utf8')
  await vm.copyIn(join(import.meta.dirname, 'old-hook.sh'), '/opt/old-hook/post-receive')
  // The old hook runs as whoever pushes: as in its days, members of the group may use Docker and write the work tree.
  await vm.run(`chmod 755 /opt/old-hook/post-receive; usermod -aG docker ada; chmod -R g+rwX ${repository}`)

  let version = 0
  const change = () => ada.release(`bench ${++version}`)
  const push = async (ref = 'main') => {
    const { code, output } = await ada.push({ ref, options: ['quiet'], force: true })
    if (code !== 0) throw new Error(`the push failed: ${output}`)
  }
  /** Which hooks the repository runs: the product's, the old script, or none. */
  const hooks = (path: string | null) =>
    vm.run(`git -C ${repository} config ${path ? `core.hooksPath ${path}` : '--unset-all core.hooksPath || :'}`)
  const answers = async () => {
    const answered = await site.answer()
    if (!answered.includes(`bench ${version}`)) throw new Error(`port 80 answers ${answered}, not bench ${version}`)
    return true
  }

  const deploys = await inTurn(
    {
      async agent() {
        await hooks(null)
        await change()
        const took = await timed(() => push())
        await answers()
        return took
      },
      async raw() {
        await hooks('/nonexistent')
        const revision = await change()
        const pushed = await timed(() => push())
        const { stdout } = await vm.run(rawSteps.replaceAll('$1', revision))
        await answers()
        return pushed + Number(/^took (\d+)$/m.exec(stdout)?.[1])
      },
      async script() {
        await hooks('/opt/old-hook')
        await change()
        return timed(async () => {
          await push()
          await vm.waitFor(answers, { what: 'the new version answers' })
        })
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
  return [
    row('one-line change', 'git push with the agent', deploys.agent),
    row('one-line change', 'git push without a hook + raw Docker steps', deploys.raw),
    row('one-line change', 'git push with the old script, until it answers', deploys.script),
    difference('one-line change', 'agent and hook over the raw steps', deploys.agent, deploys.raw),
    ratio('one-line change', 'agent / script', deploys.agent, deploys.script, '0.60'),
    row('nothing to deploy', 'git push with the hook', pushes.hook),
    row('nothing to deploy', 'git push without a hook', pushes.bare),
    difference('nothing to deploy', 'hook over no hook', pushes.hook, pushes.bare, '60 ms'),
  ]
}
