// Describes failures of check-outs, and of the repository itself.
import { countText } from '../deploy-text.ts'
import { durationText } from '../log-line.ts'
import { quotePath } from './server-failures.ts'

const configFile = '/etc/bpt-deployer.toml'
const restart = 'then: sudo systemctl restart bpt-deployer'

/** Sentences by code, as in ../failure.ts. */
export const workTreeSentences = {
  repository_missing: (d: { workTree: string }) => ({
    reason: `there is no git repository in ${d.workTree}; its file system may not be mounted.`,
    help: `Look: findmnt -T ${quotePath(d.workTree)}; create a repository: sudo bptctl init`,
  }),
  git_locked: (d: { path: string; ageMs: number }) => ({
    reason: `git cannot write: ${d.path} is ${ageText(d.ageMs)} old, so that another git program holds it, or has ended without removing it.`,
    help: `Look for the program: pgrep -a git; if none works in this repository: sudo rm ${quotePath(d.path)}`,
  }),
  read_only: (d: { path: string }) => ({
    reason: `the file system of ${d.path} is read-only.`,
    help: `Look for the cause: sudo dmesg | tail; then: sudo mount -o remount,rw "$(findmnt -no TARGET -T ${quotePath(d.path)})"`,
  }),
  submodules_refused: (d: { paths: string[] }) => ({
    reason: `the revision has ${countText(d.paths.length, 'submodule')}, ${nameSome(d.paths)}, whose files a check-out leaves out. source.submodules in ${configFile} decides: true fetches them, false leaves their folders empty.`,
    help: `Write it in section [source], ${restart}; or, if git add took a clone by mistake: git rm --cached ${quotePath(d.paths[0] ?? '')}`,
  }),
  lfs_refused: (d: { paths: string[]; isInstalled: boolean; isWanted: boolean }) => ({
    reason: `the revision has ${countText(d.paths.length, 'file')} in Git LFS, ${nameSome(d.paths)}: a check-out would leave pointers in place of the contents. ${
      d.isWanted
        ? 'git-lfs is not installed.'
        : `source.lfs in ${configFile} decides: true fetches the contents, false deploys the pointers.`
    }`,
    help: [
      ...(d.isInstalled ? [] : ['Install it: sudo apt-get install git-lfs']),
      ...(d.isWanted ? [] : [`write the key in section [source], ${restart}`]),
    ]
      .join('; ')
      .replace(/^w/, 'W'),
  }),
}

/** Writes `12.0 s`, `5 min 3 s`, `3 h` or `2 days`. */
function ageText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 2) return durationText(ms)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

/** Names up to three paths. */
function nameSome(paths: string[]): string {
  const shown = paths.slice(0, 3).join(', ')
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown
}
