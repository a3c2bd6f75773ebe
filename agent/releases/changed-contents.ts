// Finds services whose containers compose would leave although a file, secret or config that they use has changed.
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type {
  ContentReader,
  ContentRecord,
  ContentState,
  ContentStates,
  UsedContent,
} from '../interfaces/engine/used-content.ts'
import { changedContentText } from '../protocol/step-text.ts'

export interface ChangedContentsDeps {
  contents: ContentReader
  store: Pick<ContentRecord, 'contentStates'>
  /** The release that is live; null before the first one. */
  live: { revision: string } | null
}

export interface ChangedContents {
  /** Services whose containers have to be replaced, each with the cause in words. */
  recreate: ReadonlyMap<string, string>
  /** The states that new containers get; to be recorded when they are live. */
  states: ContentStates
}

/**
 * Compares the contents that the services use with those that the live containers were created with.
 * @param revision the revision in the work tree.
 */
export async function findChangedContents(
  { services }: Pick<ComposeProject, 'services'>,
  revision: string,
  { contents, store, live }: ChangedContentsDeps,
  signal: AbortSignal,
): Promise<ChangedContents> {
  const used = services.flatMap(({ name, contents }) => contents.map((content) => ({ service: name, content })))
  const list = used.map(({ content }) => content)
  const states = list.length > 0 ? await contents.readStates(list, revision, signal) : []
  const recorded = store.contentStates()
  // Before the first record, the live revision tells at least the tracked contents, unless it was removed.
  const isAskable = recorded === null && live !== null && list.length > 0
  const ofLive = isAskable ? await contents.readStates(list, live.revision, signal).catch(() => null) : null

  const found: ContentStates = Object.fromEntries(services.map(({ name }) => [name, {}]))
  const causes = new Map<string, Set<string>>()
  for (const [index, { service, content }] of used.entries()) {
    const after = states[index]
    if (!after) continue
    const key = contentKey(content)
    found[service] = { ...found[service], [key]: after }
    const before = recorded ? recorded[service]?.[key] : ofLive?.[index]
    if (!before || isSameState(before, after)) continue
    const files = await contents.listChangedFiles(before, after, signal)
    // A service may use a content twice, such as a secret under two names.
    causes.set(service, (causes.get(service) ?? new Set()).add(changedContentText(content, before, after, files)))
  }
  const recreate = new Map([...causes].map(([service, texts]) => [service, [...texts].join('; ')]))
  // Keep the states of services that an inactive profile hides: their containers may still run.
  return { recreate, states: { ...recorded, ...found } }
}

/**
 * Returns the record after a deploy that failed in or after its swap. A content of it that may be in effect counts as
 * changed at the next deploy, whatever it is then.
 * @param attempted the states of the failed deploy.
 * @param wasPutBack true if the containers of the record run again: they have the tracked contents of the record, but
 * when they were started again, they may have got the new content of a file that git does not track.
 */
export function forgetAttempted(recorded: ContentStates, attempted: ContentStates, wasPutBack: boolean): ContentStates {
  const forgotten = Object.entries(recorded).map(([service, states]) => {
    const entries = Object.entries(states).map(([key, before]): [string, ContentState] => {
      const after = attempted[service]?.[key] ?? before
      const isCertain = isSameState(before, after) || (wasPutBack && isTracked(before))
      return [key, isCertain ? before : { ...before, digest: 'unknown' }]
    })
    return [service, Object.fromEntries(entries)]
  })
  return Object.fromEntries(forgotten)
}

function contentKey({ kind, name }: UsedContent): string {
  return `${kind} ${name}`
}

function isSameState(before: ContentState, after: ContentState): boolean {
  return before.path === after.path && before.digest === after.digest && before.inode === after.inode
}

function isTracked({ digest }: ContentState): boolean {
  return /^\d{6} /.test(digest)
}
