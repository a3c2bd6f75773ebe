// Describes the requests that the agent refuses, for the list in failure.ts.
import { shortHash } from '../deploy-text.ts'

/** Sentences by code, as in ../failure.ts. */
export const requestSentences = {
  /** `repository` is null if the name could be the number of a deploy as well. */
  no_such_revision: (d: { revision: string; repository: string | null }) =>
    d.repository === null
      ? { reason: `there is no deploy or revision ${d.revision}.`, help: 'Look: bptctl rollback --list' }
      : {
          reason: `there is no revision ${d.revision} in the repository.`,
          help: `Look: git -C ${d.repository} log --oneline`,
        },
  no_such_deploy: (d: { deploy: number | null; newest?: number | null }) =>
    d.deploy === null
      ? { reason: 'nothing was deployed yet.', help: 'Deploy: git push, or bptctl deploy BRANCH' }
      : {
          reason: `there is no deploy ${d.deploy}${d.newest ? `; the newest is ${d.newest}` : ''}.`,
          help: 'Look: bptctl history',
        },
  log_gone: (d: { deploy: number }) => ({
    reason: `the log of deploy ${d.deploy} is no longer kept; keep.logs in the configuration says how many are.`,
    help: 'How the deploy ended: bptctl history',
  }),
  nothing_runs: ({ waiting }: { waiting: number[] }) =>
    waiting.length > 0
      ? {
          reason: `no deploy runs; ${waiting.length === 1 ? `deploy ${waiting[0]} waits` : `deploys ${waiting.join(', ')} wait`}.`,
          help: `Cancel ${waiting.length === 1 ? 'it' : 'the newest'}: bptctl cancel ${waiting.at(-1)}`,
        }
      : { reason: 'no deploy runs or waits.', help: 'Look: bptctl status' },
  nothing_before: ({ bad: [newest] }: { bad: number[] }) =>
    newest === undefined
      ? { reason: 'there is no earlier release to go back to.', help: 'Look: bptctl rollback --list' }
      : {
          reason: 'each earlier release had a fault after it went live.',
          help: `Look: bptctl rollback --list; go back all the same: bptctl rollback ${newest}`,
        },
  newer_deploy: (d: { newest: number }) => `deploy ${d.newest} is newer.`,
  never_live: (d: { name: string; revision: string }) => ({
    reason: `${d.name} was never live, so that there is nothing to go back to.`,
    help: `Look: bptctl rollback --list; deploy it: bptctl deploy ${shortHash(d.revision)}`,
  }),
  stopping: (_: Record<never, never>) => 'the agent is stopping; ask again in a moment.',
}
