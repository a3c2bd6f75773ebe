// Provides git repositories for tests.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExternalSettings } from '../../../agent/adapters/git/check-out/external-contents.ts'
import { openGitRepository } from '../../../agent/adapters/git/git-repository.ts'
import { createScratchFolder } from './scratch.ts'

/** Creates a repository with a work tree, and opens it as the agent does. */
export function createGitSite(source: ExternalSettings = {}) {
  const workTree = createScratchFolder()
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: workTree, env, encoding: 'utf8', stdio: 'pipe' }).trim()
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workTree, path)), { recursive: true })
      writeFileSync(join(workTree, path), text)
    }
  }
  git('init', '-q', '-b', 'main')
  return {
    workTree,
    git,
    write,
    repository: openGitRepository(workTree, { source }),
    read: (path: string) => readFileSync(join(workTree, path), 'utf8'),
    /** Commits these files, where null removes a file; gives the full hash of the commit. */
    commit(files: Record<string, string | null>, message: string): string {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) git('rm', '-q', '-r', path)
        else write({ [path]: text })
      }
      git('add', '-A')
      git('commit', '-q', '-m', message)
      return git('rev-parse', 'HEAD')
    },
  }
}
