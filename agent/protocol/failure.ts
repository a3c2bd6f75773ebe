// Lists every failure that a person can meet: a code for programs, a sentence for people, and the command that helps.
import { countText, endSentence } from './deploy-text.ts'
import { describeError } from './failures/describe-error.ts'
import { engineAdvice, socketAdvice } from './failures/engine-advice.ts'
import { errorSentences } from './failures/error-failures.ts'
import { imageSentences } from './failures/image-failures.ts'
import { requestSentences } from './failures/request-failures.ts'
import { serverSentences } from './failures/server-failures.ts'
import { workTreeSentences } from './failures/work-tree-failures.ts'

/**
 * A reason is one or more whole sentences, in lower case, since it also follows `not deployed: `. Help comes last in a
 * message and has no full stop, which people would copy with the command.
 */
type Sentence = string | { reason: string; help: string | null }

const sentences = {
  ...requestSentences,
  ...serverSentences,
  ...errorSentences,
  ...workTreeSentences,
  in_the_way: (d: { files: string[]; workTree: string }) =>
    `${d.files.length === 1 ? 'an untracked file' : 'untracked files'} in ${d.workTree} would be overwritten: ${listFiles(d.files)}. ${d.files.length === 1 ? 'Move it away, or take it' : 'Move them away, or take them'} out of the commit.`,
  checkout_failed: (d: { reason: string; workTree: string }) => ({
    reason: `git could not check the revision out: ${endSentence(d.reason)}`,
    help: `Look on the server: git -C ${d.workTree} status`,
  }),
  compose_missing: (d: { workTree: string; file: string | undefined }) => ({
    reason: d.file
      ? `there is no ${d.file} in ${d.workTree}; the configuration names it as the compose file (stack.file).`
      : `there is no compose file in ${d.workTree}.`,
    help: d.file
      ? `Look if it is committed: git ls-files ${d.file}`
      : 'Commit a compose.yaml, or name another file in the configuration: stack.file',
  }),
  compose_invalid: (d: { reason: string }) => ({
    reason: `the compose file is not valid: ${endSentence(d.reason)}`,
    help: engineAdvice(d.reason) ?? 'Check it before a push: docker compose config',
  }),
  nothing_to_deploy: (_: Record<never, never>) => ({
    reason: 'the compose file has no service, so there is nothing to deploy.',
    help: 'Look: docker compose config --services. Profiles need COMPOSE_PROFILES in .env',
  }),
  network_failed: (d: { network: string; reason: string }) => ({
    reason: `the network ${d.network} could not be created: ${endSentence(d.reason)}`,
    help: 'Look: docker network ls',
  }),
  ...imageSentences,
  plan_refused: (d: { reason: string }) => ({
    reason: `compose cannot make this change: ${endSentence(d.reason)}`,
    help: engineAdvice(d.reason),
  }),
  up_failed: (d: { services: string; reason: string }) => ({
    reason: `Docker could not start ${d.services}: ${endSentence(d.reason)}`,
    help: engineAdvice(d.reason),
  }),
  gate_stuck: (d: { reason: string }) => d.reason,
  unhealthy: (d: { container: string; reason: string; isJob?: boolean; help?: string | null }) => ({
    reason: `${unhealthyText(d)}.`,
    help: d.help ?? null,
  }),
  disturbed: (d: { container: string; act: 'stopped' | 'removed' | 'restarted' }) => ({
    reason: `somebody else ${d.act} the new container of ${d.container} during the deploy, such as docker compose by hand.`,
    help: 'Look: docker ps -a',
  }),
  too_slow: (d: { step: string; seconds: number }) => `${d.step} took longer than its limit of ${d.seconds} s.`,
  docker_away: (d: { reason: string }) =>
    /^(?:EACCES|EPERM)$/.test(d.reason)
      ? { reason: `the agent may not use the socket of the Docker engine (${d.reason}).`, help: socketAdvice }
      : { reason: `the Docker engine does not answer (${d.reason}).`, help: 'Look: systemctl status docker' },
  stopped: (d: { step: string }) => `the agent was stopped during ${d.step}.`,
  died: (d: { why: string }) => `${d.why}.`,
  disk_full: (d: { what: string }) => ({
    reason: `there is too little space: ${d.what}.`,
    help: /\binodes?\b/.test(d.what)
      ? 'Look for the folders with the most files: df -i; sudo du --inodes -x / | sort -n | tail'
      : 'Look: df -h; df -i; docker system df; to remove unused images: docker image prune',
  }),
  cancelled: (d: { by: string; step: string }) => `cancelled by ${d.by} during ${d.step}.`,
  internal: (_: Record<never, never>) => ({
    reason: 'the agent has a bug; the journal has the details.',
    help: 'Look: journalctl -u bpt-deployer -n 50',
  }),
} satisfies Record<string, (details: never) => Sentence>

export type FailureCode = keyof typeof sentences

/** Texts for the closing line of a step; the outcome's sentence gives the whole reason a few lines later. */
const briefs: { [C in FailureCode]?: (details: Parameters<(typeof sentences)[C]>[0]) => string } = {
  in_the_way: ({ files }) => `${countText(files.length, 'untracked file')} in the way`,
  compose_invalid: () => 'the compose file is not valid',
  secret_missing: ({ files }) => `${countText(files.length, 'secret')} missing or empty`,
  plugin_missing: ({ plugin }) => `docker ${plugin} is missing`,
  port_taken: ({ ports }) => `port ${ports.join(', ')} is taken`,
  unreadable: () => 'the agent may not read a file',
  unwritable: () => 'the agent may not write',
  git_locked: ({ path }) => `git is locked by ${path}`,
  submodules_refused: ({ paths }) => `${countText(paths.length, 'submodule')}, which nothing fetches`,
  lfs_refused: ({ paths }) => `${countText(paths.length, 'file')} in Git LFS, which nothing fetches`,
  address_missing: ({ address }) => `${address} is no address of this server`,
  build_failed: ({ exit }) => `failed (exit ${exit})`,
  image_missing: ({ image }) => `the image ${image} is missing`,
  names_moved: ({ names }) => `${countText(names.length, 'image name')} not put back`,
  pull_failed: ({ images }) => `${images.join(', ')} could not be pulled`,
  up_failed: ({ services }) => `${services} did not start`,
  unhealthy: unhealthyText,
  disturbed: ({ container, act }) => `somebody else ${act} ${container}`,
  disk_full: () => 'too little space',
  cancelled: ({ by }) => `cancelled by ${by}`,
  too_slow: ({ seconds }) => `not done within ${seconds} s`,
}

function unhealthyText(d: { container: string; reason: string; isJob?: boolean }): string {
  return `${d.isJob ? `the job ${d.container} has not succeeded` : `${d.container} does not become healthy`}: ${d.reason}`
}

/** The parts of a failure that the store keeps. */
export type FailureRecord = Pick<Failure, 'code' | 'reason' | 'help' | 'brief'>

export class Failure extends Error {
  readonly code: FailureCode
  /** Whole sentences without help. */
  readonly reason: string
  /** The command that helps, after a word or two on what it does; null if no command does. */
  readonly help: string | null
  readonly brief: string

  private constructor(code: FailureCode, sentence: Sentence, brief: string | null, cause?: unknown) {
    const { reason: text, help } = typeof sentence === 'string' ? { reason: sentence, help: null } : sentence
    const reason = joinLines(text)
    super(help === null ? reason : `${reason} ${help}`, { cause })
    this.name = 'Failure'
    this.code = code
    this.reason = reason
    this.help = help
    this.brief = brief ?? reason
  }

  static of<C extends FailureCode>(code: C, details: Parameters<(typeof sentences)[C]>[0], cause?: unknown): Failure {
    type Write<T> = (details: Parameters<(typeof sentences)[C]>[0]) => T
    const sentence = (sentences[code] as Write<Sentence>)(details)
    const brief: Write<string> | undefined = briefs[code]
    return new Failure(code, sentence, brief?.(details) ?? null, cause)
  }

  static fromRecord({ code, reason, help, brief }: FailureRecord): Failure {
    return new Failure(code, { reason, help }, brief)
  }

  /** Makes a failure of any error, with the error as its cause; `internal` of one that only a bug explains. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown
    const described = describeError(thrown)
    return described ? Failure.of(described.code, described.details, thrown) : Failure.of('internal', {}, thrown)
  }
}

/** A reason that a program printed may have several lines, and the last line of a log must be whole. */
function joinLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const join = (joined: string, line: string) => `${joined}${/[:;,.!?]$/.test(joined) ? '' : ';'} ${line}`
  return lines.filter((line, index) => line || index === 0).reduce(join)
}

function listFiles(files: string[]): string {
  const shown = files.slice(0, 5).join(', ')
  return files.length > 5 ? `${shown} and ${files.length - 5} more` : shown
}
