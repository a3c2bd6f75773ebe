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
  const causes = new Map<string, string[]>()
  for (const [index, { service, content }] of used.entries()) {
    const after = states[index]
    if (!after) continue
    const key = contentKey(content)
    found[service] = { ...found[service], [key]: after }
    const before = recorded ? recorded[service]?.[key] : ofLive?.[index]
    if (!before || isSameState(before, after)) continue
    const files = await contents.listChangedFiles(before, after, signal)
    causes.set(service, [...(causes.get(service) ?? []), changedContentText(content, before, after, files)])
  }
  const recreate = new Map([...causes].map(([service, texts]) => [service, texts.join('; ')]))
  // Keep the states of services that an inactive profile hides: their containers may still run.
  return { recreate, states: { ...recorded, ...found } }
}

/**
 * Returns the record for containers that were put back. Started again, they may have got the new content of a file that
 * git does not track: it counts as changed at the next deploy, whatever it is then.
 */
export function forgetUntracked(recorded: ContentStates, { recreate, states }: ChangedContents): ContentStates {
  const forgotten = Object.entries(recorded).map(([service, before]) => {
    const isKept = ([key, state]: [string, ContentState]) =>
      !recreate.has(service) || isTracked(state) || isSameState(state, states[service]?.[key] ?? state)
    const entries = Object.entries(before).map(([key, state]): [string, ContentState] =>
      isKept([key, state]) ? [key, state] : [key, { ...state, digest: 'unknown' }],
    )
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
