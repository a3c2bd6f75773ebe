// Every failure that a person can meet: a code for programs, a sentence for people. What is live is added where a
// deploy ends, since only there it is known.

const sentences = {
  no_such_revision: (d: { revision: string }) =>
    `There is no revision ${d.revision} in the repository. Look: git log --oneline main`,
  no_such_deploy: (d: { deploy: number | null; newest?: number | null }) =>
    d.deploy === null
      ? 'Nothing was deployed yet. Deploy: git push, or bptctl deploy main'
      : `There is no deploy ${d.deploy}${d.newest ? `; the newest is ${d.newest}` : ''}. Look: bptctl history`,
  log_gone: (d: { deploy: number }) =>
    `The log of deploy ${d.deploy} is no longer kept; its outcome is: bptctl history. Longer: keep.logs in the configuration`,
  in_the_way: (d: { files: string[]; root: string }) =>
    `${d.files.length === 1 ? 'an untracked file' : 'untracked files'} in ${d.root} would be overwritten: ${listed(d.files)}. Move them away, or take them out of the commit.`,
  checkout_failed: (d: { reason: string; root: string }) =>
    `git could not check the revision out: ${endSentence(d.reason)} Look on the server: git -C ${d.root} status.`,
  compose_missing: (d: { root: string; file: string | undefined }) =>
    d.file
      ? `There is no ${d.file} in ${d.root}; the configuration names it as the compose file (stack.file).`
      : `There is no compose file in ${d.root}.`,
  compose_invalid: (d: { reason: string }) =>
    `the compose file is not valid: ${endSentence(d.reason)} Check it before a push: docker compose config.`,
  nothing_to_deploy: (_: Record<never, never>) =>
    'no service of the compose file has a build section, so there is nothing to deploy. Give one to the service of your app.',
  secret_missing: (d: { files: string[] }) =>
    `${d.files.length === 1 ? 'a secret is' : 'secrets are'} missing or empty: ${d.files.join(', ')}. Write one: openssl rand -base64 24 | sudo tee ${d.files[0]} >/dev/null`,
  port_taken: ({ ports }: { ports: number[] }) =>
    `${ports.length === 1 ? `port ${ports[0]} is` : `ports ${ports.join(', ')} are`} taken by another program. Look: sudo ss -ltnp`,
  network_failed: (d: { network: string; reason: string }) =>
    `the network ${d.network} could not be created: ${endSentence(d.reason)} Look: docker network ls.`,
  build_failed: (d: { revision: string; exit: number | string }) =>
    `the image of ${d.revision} did not build (exit ${d.exit}).`,
  image_missing: (d: { image: string }) => `the build left no image ${d.image}.`,
  up_failed: (d: { services: string; reason: string }) =>
    `compose could not start ${d.services}: ${endSentence(d.reason)}`,
  gate_stuck: (d: { reason: string }) => d.reason,
  unhealthy: (d: { container: string; reason: string }) => `${d.container} does not get healthy: ${d.reason}.`,
  too_slow: (d: { step: string; seconds: number }) => `${d.step} took longer than its limit of ${d.seconds} s.`,
  docker_away: (d: { reason: string }) =>
    `the Docker engine does not answer (${d.reason}). Look: systemctl status docker`,
  stopped: (d: { step: string }) => `the agent was stopped during ${d.step}.`,
  died: (d: { why: string }) => `${d.why}.`,
  disk_full: (d: { what: string }) =>
    `there is too little space: ${d.what}. Look: df -h; docker system df. Remove what is not needed: docker image prune.`,
  cancelled: (d: { by: string; step: string }) => `cancelled by ${d.by} during ${d.step}.`,
  nothing_runs: ({ waiting }: { waiting: number[] }) =>
    waiting.length > 0
      ? `No deploy runs; ${waiting.map((id) => `deploy ${id}`).join(', ')} ${waiting.length > 1 ? 'wait' : 'waits'}. Cancel: bptctl cancel ${waiting.join(' or ')}`
      : 'No deploy runs or waits. Look: bptctl status',
  nothing_before: (_: Record<never, never>) =>
    'There is no earlier release to go back to. Look: bptctl rollback --list',
  never_live: (d: { to: string }) =>
    `${d.to} was never live, so that there is nothing to go back to. Look: bptctl rollback --list. Deploy it: bptctl deploy ${d.to}`,
  stopping: (_: Record<never, never>) => 'The agent is stopping; ask again in a moment.',
  internal: (_: Record<never, never>) =>
    'The agent has a bug, and its details are in the journal: journalctl -u bpt-deployer -n 50',
}

export type FailureCode = keyof typeof sentences

/** What the step's own line says, where the outcome's sentence would only be said twice. */
const briefs: { [C in FailureCode]?: (details: Parameters<(typeof sentences)[C]>[0]) => string } = {
  in_the_way: ({ files }) => `${files.length} in the way`,
  compose_invalid: () => 'the compose file is not valid',
  secret_missing: ({ files }) => `${files.length} missing or empty`,
  port_taken: ({ ports }) => `port ${ports.join(', ')} is taken`,
  build_failed: ({ exit }) => `failed (exit ${exit})`,
  up_failed: ({ services }) => `${services} did not start`,
  unhealthy: ({ container, reason }) => `${container} does not get healthy: ${reason}`,
  disk_full: () => 'too little space',
  cancelled: ({ by }) => `cancelled by ${by}`,
  too_slow: ({ seconds }) => `not done within ${seconds} s`,
}

export class Failure extends Error {
  readonly code: FailureCode
  readonly brief: string
  private constructor(code: FailureCode, sentence: string, brief: string, cause?: unknown) {
    super(sentence, { cause })
    this.name = 'Failure'
    this.code = code
    this.brief = brief
  }

  static of<C extends FailureCode>(code: C, details: Parameters<(typeof sentences)[C]>[0], cause?: unknown): Failure {
    type Say = (details: Parameters<(typeof sentences)[C]>[0]) => string
    const sentence = (sentences[code] as Say)(details)
    const brief: Say | undefined = briefs[code]
    return new Failure(code, sentence, brief?.(details) ?? sentence, cause)
  }

  /** Whatever was thrown as a failure: what has no code of ours is `internal`, its details kept as the cause. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown
    if (thrown instanceof Error && /ENOSPC|no space left on device|database or disk is full/i.test(thrown.message))
      return Failure.of('disk_full', { what: thrown.message }, thrown)
    return Failure.of('internal', {}, thrown)
  }
}

function listed(files: string[]): string {
  const shown = files.slice(0, 5).join(', ')
  return files.length > 5 ? `${shown} and ${files.length - 5} more` : shown
}

/** Ends a reason that a program printed, since another sentence follows. */
function endSentence(reason: string): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}
