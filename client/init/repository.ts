// The git repository that is pushed to, and its settings.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

const settings: [key: string, value: string][] = [
  ['core.sharedRepository', 'group'],
  // The agent checks out what is deployed; git itself leaves the work tree alone.
  ['receive.denyCurrentBranch', 'ignore'],
  ['receive.advertisePushOptions', 'true'],
  // The refs that keep deployed revisions are nobody's to fetch or push.
  ['transfer.hideRefs', 'refs/bpt-deployer'],
]

export async function createRepository({ config }: SetupContext): Promise<SetupResult[]> {
  const { repository, branch } = config.source
  const findings = [
    await trusted(repository),
    // Pushes are checked against this one.
    await trusted(join(repository, '.git')),
    await created(repository, branch),
  ]
  for (const [key, value] of settings) findings.push(await set(repository, key, value))
  return findings
}

/** Pushers and the agent are other users than the owner, whom git refuses to serve unless told. */
async function trusted(path: string): Promise<SetupResult> {
  const known = await values(['config', '--system', '--get-all', 'safe.directory'])
  if (known.includes(path) || known.includes('*')) return { did: 'right', what: `git trusts ${path} for every user` }
  await runProgram('git', ['config', '--system', '--add', 'safe.directory', path])
  return { did: 'done', what: `told git to trust ${path} for every user` }
}

async function created(repository: string, branch: string): Promise<SetupResult> {
  if (existsSync(join(repository, '.git'))) return { did: 'right', what: `${repository} is a git repository` }
  await runProgram('git', ['init', '--quiet', `--initial-branch=${branch}`, repository])
  return { did: 'done', what: `created the git repository ${repository} with branch ${branch}` }
}

async function set(repository: string, key: string, value: string): Promise<SetupResult> {
  const config = ['-C', repository, 'config', '--local']
  if ((await values([...config, '--get-all', key])).includes(value)) return { did: 'right', what: `${key} = ${value}` }
  // Other hidden refs stay hidden; of the other settings there is only one.
  await runProgram('git', [...config, ...(key === 'transfer.hideRefs' ? ['--add'] : []), key, value])
  return { did: 'done', what: `set ${key} = ${value}` }
}

/** None where the key is not set, which git tells by exit code 1. */
async function values(args: string[]): Promise<string[]> {
  return runProgram('git', args).then(
    (text) => text.split('\n'),
    () => [],
  )
}
