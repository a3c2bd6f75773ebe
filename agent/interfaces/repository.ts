// What a deploy needs of git, in the deploy's words. The real one is adapters/git/git-repository.ts.
import type { Hand } from './step-context.ts'

export interface Commit {
  /** Full hash. */
  revision: string
  subject: string
}

export interface Source {
  /** The commit that a hash, short hash, branch, tag or `HEAD~1` names; refuses with `no_such_revision`. */
  resolve(wanted: string): Promise<Commit>
  /** Keeps a commit from git's garbage collection by a ref of our own. */
  pin(revision: string): Promise<void>
  unpin(revision: string): Promise<void>
  /** The hash of a branch, null where there is no such branch. */
  tip(branch: string): Promise<string | null>
  /** True when `newer` is `older` or descends from it. */
  contains(newer: string, older: string): Promise<boolean>
  /** Commits that `newer` has and `older` has not. */
  ahead(newer: string, older: string): Promise<number>
  /** The revision that the work tree holds, null before the first check-out. */
  head(): Promise<string | null>
  /** Puts a revision into the work tree; what git does not track stays. Gives the number of files that changed. */
  checkOut(revision: string, hand: Hand): Promise<number>
}
