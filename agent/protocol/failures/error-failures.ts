// Describes failures of the system below the agent: files, programs, git, the engine and the database. The sentences
// have the words of that system, since these tell people what to mend.
import { endSentence } from '../deploy-text.ts'
import { engineAdvice } from './engine-advice.ts'
import { quotePath } from './server-failures.ts'

/** Sentences by code, as in ../failure.ts. */
export const errorSentences = {
  engine_refused: (d: { reason: string }) => ({
    reason: `Docker refused: ${endSentence(d.reason)}`,
    help: engineAdvice(d.reason) ?? 'Look: journalctl -u docker -n 50',
  }),
  /** `act` is a verb, `reason` the system's words for its error `code`; the path is null if the error names none. */
  file_failed: (d: { act: string; path: string | null; code: string; reason: string }) => ({
    reason: `the agent could not ${d.act} ${d.path ?? 'a file'}: ${endSentence(d.reason)}`,
    help: fileAdvice(d.code, d.path),
  }),
  program_failed: (d: { program: string; code: string; reason: string }) =>
    d.code === 'ENOENT'
      ? {
          reason: `the agent found no program ${d.program} in its PATH.`,
          help: `Look: command -v ${d.program}; systemctl show bpt-deployer -p Environment`,
        }
      : {
          reason: `the agent could not start ${d.program}: ${endSentence(d.reason)}`,
          help: fileAdvice(d.code, null),
        },
  git_failed: (d: { act: string; workTree: string; reason: string }) => ({
    reason: `git ${d.act} failed: ${endSentence(d.reason)}`,
    help: gitAdvice(d.reason, quotePath(d.workTree)),
  }),
  store_failed: (d: { reason: string }) => ({
    reason: `the record of deploys cannot be read or written: ${endSentence(d.reason)}`,
    help: 'Look: ls -l /var/lib/bpt-deployer; findmnt -T /var/lib/bpt-deployer',
  }),
  compose_unknown: (d: { reason: string }) => ({
    reason: `docker compose describes the project in a form that this agent does not know: ${endSentence(d.reason)}`,
    help: 'Look: docker compose config --format json; docker compose version',
  }),
}

/** Returns the command that mends the repository, or shows its damage. */
function gitAdvice(reason: string, workTree: string): string {
  if (/permission denied|dubious ownership/i.test(reason)) return 'Let the agent use the repository: sudo bptctl init'
  if (/index file (?:smaller|corrupt|uses)|bad (?:index file|signature)/i.test(reason))
    return `Write the index anew: sudo rm ${workTree}/.git/index; sudo -u bpt-deployer git -C ${workTree} reset --quiet`
  return `Look on the server: git -C ${workTree} fsck`
}

/** Returns the command that shows the cause of a system error. */
function fileAdvice(code: string, path: string | null): string {
  const quoted = path === null ? '/' : quotePath(path)
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `Look: namei -l ${quoted}. The rights of the agent's own folders: sudo bptctl init`
    case 'EROFS':
      return `Look for a file system that is read-only: findmnt -T ${quoted}`
    case 'EIO':
      return 'Look for a fault of the disk: sudo dmesg | tail'
    case 'EMFILE':
    case 'ENFILE':
      return 'Start the agent again: sudo systemctl restart bpt-deployer'
    case 'ENOMEM':
    case 'EAGAIN':
      return 'Look for memory and processes: free -h; systemctl status bpt-deployer'
    default:
      return path === null ? 'Look: journalctl -u bpt-deployer -n 50' : `Look: namei -l ${quoted}`
  }
}
