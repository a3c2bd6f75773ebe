// What a deploy needs of git, in the deploy's words. The real one is adapters/git/git-repository.ts.
import type { StepContext } from './step-context.ts'

export interface Commit {
  /** Full hash. */
  revision: string
  subject: string
}

export interface Repository {
  /** The commit that a hash, short hash, branch, tag or `HEAD~1` names; refuses with `no_such_revision`. */
  resolve(wanted: string): Promise<Commit>
  /** Keeps a commit from git's garbage collection by a ref of our own. */
  pin(revision: string): Promise<void>
  unpin(revision: string): Promise<void>
  /** The hash of a branch, null where there is no such branch. */
  branchTip(branch: string): Promise<string | null>
  /** True when `newer` is `older` or descends from it. */
  descendsFrom(newer: string, older: string): Promise<boolean>
  /** Commits that `newer` has and `older` has not. */
  countAhead(newer: string, older: string): Promise<number>
  /** The revision that the work tree holds, null before the first check-out. */
  checkedOutRevision(): Promise<string | null>
  /** Puts a revision into the work tree; what git does not track stays. Gives the number of files that changed. */
  checkOut(revision: string, ctx: StepContext): Promise<number>
}
