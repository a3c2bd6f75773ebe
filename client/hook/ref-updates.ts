// The ref updates of a push, as git writes them on the standard input of post-receive.
import type { RefUpdate } from '../../agent/protocol/messages.ts'

// The agent takes 1 MiB in one message; a first push of a repository may update more refs than that holds.
const maxBytes = 900 * 1024

/** Reads all of them; the branch that deploys comes first, and what does not fit into one message is left out. */
export function parseRefUpdates(text: string, branch: string): RefUpdate[] {
  const all = text.split('\n').flatMap((line) => {
    const [before, after, ...ref] = line.split(' ')
    return before && after && ref.length > 0 ? [{ old: before, new: after, ref: ref.join(' ') }] : []
  })
  const first = all.filter(({ ref }) => ref === `refs/heads/${branch}`)
  let size = 0
  return [...first, ...all.filter((update) => !first.includes(update))].filter((update) => {
    size += Buffer.byteLength(JSON.stringify(update)) + 1
    return size <= maxBytes
  })
}
