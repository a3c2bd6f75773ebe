// Which releases and logs have had their time. Pure: the record in, what goes out.
import type { Deploy } from '../protocol/messages.ts'

/**
 * Revisions whose images may go.
 * @param built every revision that has an image of ours, newest first.
 * @param releases what is or was live, newest first, each revision once.
 * @param busy revisions that wait or run.
 * @param keep how many releases keep their images besides the live one and the one before it.
 */
export function findExpiredRevisions(
  built: string[],
  { releases, live, busy, keep }: { releases: Deploy[]; live: string | null; busy: string[]; keep: number },
): string[] {
  const anchor = releases.findIndex(({ revision }) => revision === live)
  const before = releases.slice(anchor + 1, anchor + 2)
  const kept = new Set([...busy, ...[...releases.slice(0, keep), ...before].map(({ revision }) => revision)])
  if (live) kept.add(live)
  return [...new Set(built)].filter((revision) => !kept.has(revision))
}
