// Reads and changes the git repository on the server; adapters/git/git-repository.ts implements it.
import type { StepContext } from './step-context.ts'

export interface Commit {
  /** The full hash. */
  revision: string
  subject: string
}

export interface BranchWrite {
  /** The commit to which the branch was moved. */
  tip: string
  /** The user, by the owner of git's file or by the name that git has recorded; null if neither is known. */
  by: { uid: number } | { name: string } | null
  /** Milliseconds since 1970. */
  at: number
}

export interface Repository {
  /** Finds the commit that a hash, short hash, branch, tag or `HEAD~1` names; rejects with `no_such_revision`. */
  resolve(wanted: string): Promise<Commit>
  /** Keeps a commit from git's garbage collection by a ref of the agent. */
  pin(revision: string): Promise<void>
  unpin(revision: string): Promise<void>
  /** The hash of a branch; null if there is no such branch. */
  branchTip(branch: string): Promise<string | null>
  /** The last change of a branch; null if git's files do not tell it. */
  lastWrite(branch: string): Promise<BranchWrite | null>
  /** True if `newer` is `older` or descends from it. */
  descendsFrom(newer: string, older: string): Promise<boolean>
  /** Number of commits that `newer` has and `older` has not. */
  countAhead(newer: string, older: string): Promise<number>
  /** The revision in the work tree; null before the first check-out. */
  checkedOutRevision(): Promise<string | null>
  /** A sentence for each thing on the server that keeps pushes to the branch from being deployed. */
  findPushObstacles(branch: string): Promise<string[]>
  /** Keeps commits that a push of `next` left without a branch, newest first; empty if there are none. */
  keepLeftBehind(tip: string, next: string): Promise<Commit[]>
  /**
   * Checks a revision out and leaves untracked files alone; returns the number of changed files.
   * @param options isRestore for the way back after a failure, which must succeed as far as it can.
   */
  checkOut(revision: string, ctx: StepContext, options?: { isRestore?: boolean }): Promise<number>
}

/** The files as they would be after a check-out of a revision, which the work tree itself does not show. */
export interface RevisionTree extends AsyncDisposable {
  /** The folder that stands for `/`: `/a/b` of the server is at `ROOT/a/b`. Only the work tree differs. */
  root: string
}

export interface RevisionTrees {
  /** @throws in_the_way if a check-out would overwrite an untracked file; submodules_refused, lfs_refused. */
  open(revision: string, signal: AbortSignal): Promise<RevisionTree>
}
