// Reads the ref updates of a push from the standard input of post-receive.
import type { RefUpdate } from '../../agent/protocol/messages.ts'

// The agent accepts 1 MiB in one message; a first push of a repository may update more refs than fit into it.
const maxBytes = 900 * 1024

/** Puts the update of `branch` first, and leaves out updates that do not fit into one message. */
export function parseRefUpdates(text: string, branch: string): RefUpdate[] {
  const updates = text.split('\n').flatMap((line) => {
    const [before, after, ...ref] = line.split(' ')
    return before && after && ref.length > 0 ? [{ old: before, new: after, ref: ref.join(' ') }] : []
  })
  const ofBranch = updates.filter(({ ref }) => ref === `refs/heads/${branch}`)
  let size = 0
  return [...ofBranch, ...updates.filter((update) => !ofBranch.includes(update))].filter((update) => {
    size += Buffer.byteLength(JSON.stringify(update)) + 1
    return size <= maxBytes
  })
}
