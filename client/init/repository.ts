// Creates the git repository that receives pushes, with its settings.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

const settings: [key: string, value: string][] = [
  ['core.sharedRepository', 'group'],
  // The agent checks out each deployed revision; git must leave the work tree alone.
  ['receive.denyCurrentBranch', 'ignore'],
  ['receive.advertisePushOptions', 'true'],
  // Refs that keep deployed revisions from being collected: nobody may fetch or push them.
  ['transfer.hideRefs', 'refs/bpt-deployer'],
]

export async function createRepository({ config }: SetupContext): Promise<SetupResult[]> {
  const { repository, branch } = config.source
  const findings = [
    await trustPath(repository),
    // git checks the owner of this path on a push.
    await trustPath(join(repository, '.git')),
    await createGitDirectory(repository, branch),
  ]
  for (const [key, value] of settings) findings.push(await ensureSetting(repository, key, value))
  return findings
}

/** Pushers and the agent do not own the repository, and git serves only its owner unless the path is a safe one. */
async function trustPath(path: string): Promise<SetupResult> {
  const trusted = await configValues(['config', '--system', '--get-all', 'safe.directory'])
  if (trusted.includes(path) || trusted.includes('*'))
    return { state: 'right', text: `git trusts ${path} for every user` }
  await runProgram('git', ['config', '--system', '--add', 'safe.directory', path])
  return { state: 'done', text: `told git to trust ${path} for every user` }
}

async function createGitDirectory(repository: string, branch: string): Promise<SetupResult> {
  if (existsSync(join(repository, '.git'))) return { state: 'right', text: `${repository} is a git repository` }
  await runProgram('git', ['init', '--quiet', `--initial-branch=${branch}`, repository])
  return { state: 'done', text: `created the git repository ${repository} with branch ${branch}` }
}

async function ensureSetting(repository: string, key: string, value: string): Promise<SetupResult> {
  const config = ['-C', repository, 'config', '--local']
  if ((await configValues([...config, '--get-all', key])).includes(value))
    return { state: 'right', text: `${key} = ${value}` }
  // Add to the refs that are hidden already; each other key has a single value.
  await runProgram('git', [...config, ...(key === 'transfer.hideRefs' ? ['--add'] : []), key, value])
  return { state: 'done', text: `set ${key} = ${value}` }
}

/** Reads the values of a key: none if the key is not set, since git exits with 1 then. */
async function configValues(args: string[]): Promise<string[]> {
  return runProgram('git', args).then(
    (text) => text.split('\n'),
    () => [],
  )
}
