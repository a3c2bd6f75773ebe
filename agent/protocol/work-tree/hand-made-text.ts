// Writes notes about commits and edits that somebody made by hand in the work tree.
import { shortHash } from '../deploy-text.ts'
import { quotePath } from '../failures/server-failures.ts'

/** With more files the command would be too long to copy. */
const maxInCommand = 10

/** @param commits newest first. */
export function leftBehindText(commits: { revision: string; subject: string }[], workTree: string): string {
  const [newest] = commits
  const short = shortHash(newest?.revision ?? '')
  const more = commits.length > 1 ? ` and ${commits.length - 1} before it` : ''
  const subject = JSON.stringify(newest?.subject ?? '')
  return `leaves behind ${short} ${subject}${more}, which no branch has; bring it back: git -C ${quotePath(workTree)} branch by-hand-${short} ${short}`
}

/** @param kept a commit with the files as they were; null if git could not make one. */
export function editedByHandText(files: string[], kept: string | null, workTree: string): string {
  const text = `overwrites changes made by hand: ${files.join(', ')}`
  if (kept === null) return text
  const git = `sudo git -C ${quotePath(workTree)}`
  const restore = `restore --source=${shortHash(kept)} -- ${files.map(quotePath).join(' ')}`
  return `${text}; bring them back: ${git} ${files.length > maxInCommand ? `stash apply ${kept}` : restore}`
}
