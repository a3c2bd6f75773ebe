// Writes the files of a revision into a temporary folder, with the untracked files of the work tree beside them: compose
// reads there what it would read after a check-out. The work tree itself holds the files of the live release.
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { RevisionTrees } from '../../interfaces/repository.ts'
import { Failure } from '../../protocol/failure.ts'
import { decideContents, type ExternalSettings } from './check-out/external-contents.ts'
import { findExternalFiles } from './check-out/external-files.ts'
import { createCopyBudget, mirrorEntry } from './mirror-entry.ts'
import { createGitRunner, splitNul } from './run-git.ts'

const prefix = 'tree-'

/** Removes the trees of an agent that died. @param scratch a folder for temporary files. */
export async function openRevisionTrees(
  workTree: string,
  scratch: string,
  settings: ExternalSettings = {},
): Promise<RevisionTrees> {
  const git = createGitRunner(workTree)
  const leftovers = (await readdir(scratch)).filter((name) => name.startsWith(prefix))
  await Promise.all(leftovers.map((name) => rm(join(scratch, name), { recursive: true, force: true })))

  /** Writes the tracked files by an index of its own: a running deploy may use that of the work tree. */
  async function writeTracked(revision: string, folder: string, index: string, signal: AbortSignal): Promise<void> {
    const env = { GIT_INDEX_FILE: index }
    await git(['read-tree', revision], { signal, env })
    await git(['checkout-index', '--all', '--force', '--quiet', `--prefix=${folder}/`], { signal, env })
  }

  async function mirrorUntracked(folder: string, signal: AbortSignal): Promise<void> {
    const listed = await git(['ls-files', '--others', '--directory', '-z'], { signal })
    const budget = createCopyBudget()
    const inTheWay: string[] = []
    for (const path of splitNul(listed).map((entry) => entry.replace(/\/$/, ''))) {
      signal.throwIfAborted()
      inTheWay.push(...(await mirrorEntry({ source: workTree, target: folder }, path, budget)))
    }
    if (inTheWay.length > 0) throw Failure.of('in_the_way', { files: inTheWay, workTree })
  }

  return {
    async open(revision, signal) {
      const temporary = await mkdtemp(join(scratch, prefix))
      const remove = () => rm(temporary, { recursive: true, force: true })
      try {
        const root = join(temporary, 'root')
        const folder = join(root, workTree)
        await linkSurroundings(workTree, root)
        // Folders in it must not inherit the setgid bit: modes are part of a build's inputs.
        await chmod(folder, ((await stat(workTree)).mode & 0o777) | 0o700)
        await decideContents(await findExternalFiles(git, revision, signal), settings, git, signal)
        await writeTracked(revision, folder, join(temporary, 'index'), signal)
        await mirrorUntracked(folder, signal)
        return { root, [Symbol.asyncDispose]: remove }
      } catch (thrown) {
        await remove()
        throw thrown
      }
    },
  }
}

/** Creates the folder, and links to everything beside it and above it: paths such as `../shared.env` stay valid. */
async function linkSurroundings(folder: string, root: string): Promise<void> {
  const target = join(root, folder)
  if (folder === '/') {
    await mkdir(target)
    return
  }
  const parent = dirname(folder)
  await linkSurroundings(parent, root)
  await mkdir(target)
  const siblings = (await readdir(parent).catch(() => [])).filter((name) => name !== basename(folder))
  await Promise.all(siblings.map((name) => symlink(join(parent, name), join(root, parent, name))))
}
