// Subjects of commits fit into 72 characters, so that git log, mail and terminals show them whole.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'

/** The rule holds for the commits after this commit. */
const base = 'ccc1517c0f9bca8521bdd3620b2e4ffb4c034059'

const maxSubjectChars = 72

describe('the commits', () => {
  it('have subjects of at most 72 characters', (context) => {
    const log = git('log', '--no-merges', '--format=%h %s', `${base}..HEAD`)
    if (log === null) {
      context.skip(`commit ${base.slice(0, 7)}, after which the rule holds, is not in this copy of the sources`)
      return
    }
    const tooLong = log
      .split('\n')
      .filter((line) => [...line.slice(line.indexOf(' ') + 1)].length > maxSubjectChars)
      .join('\n')
    assert.equal(tooLong, '', `longer than ${maxSubjectChars} characters; shorten with git commit --amend:\n${tooLong}`)
  })
})

/** Gives the output of a git command, null where git, the repository or a named commit is missing. */
function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' })
  return status === 0 ? stdout.trimEnd() : null
}
