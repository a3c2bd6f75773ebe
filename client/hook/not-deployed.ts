// Writes sentences for a pusher whose push the agent did not accept, or whose deploy cannot be followed. Git has stored
// the push in any case.
import { userInfo } from 'node:os'
import { ClientError } from '../rpc/client-error.ts'
import { plainText, plainWords } from '../text/plain-text.ts'

export interface FailedPush {
  /** The branch whose pushes deploy. */
  branch: string
  /** The group that may use the agent. */
  group: string
  /** True if the push brings a commit to that branch. */
  isDeploying: boolean
  /** True if the agent deploys the push at its next start, unless it was forced. */
  isCaughtUp: boolean
}

export function notDeployedLines(thrown: unknown, { branch, group, isDeploying, isCaughtUp }: FailedPush): string[] {
  const later = `bptctl deploy ${branch}`
  if (!(thrown instanceof ClientError))
    return [
      ...textLines(`your push is stored, but not deployed: ${thrown instanceof Error ? thrown.message : thrown}`),
      `live is unchanged. Deploy it later: ${later}`,
    ]
  if (!isDeploying) {
    const reason = plainWords(thrown.reason).replace(/\.$/, '')
    return [
      `your push is stored. It deploys nothing, since it brings no commit to ${branch}.`,
      `Nothing waits for the deploy agent, which gave no answer (${reason}).`,
    ]
  }
  switch (thrown.kind) {
    case 'forbidden':
      return [
        `your push is stored, but you may not use the deploy agent (${thrown.reason}).`,
        `live is unchanged. An administrator adds you: sudo usermod -aG ${group} ${userInfo().username}`,
        `Then log in again and deploy on the server: ${later}`,
      ]
    case 'lost':
      return [
        `your push is stored, but nobody knows whether its deploy was accepted: ${thrown.reason}.`,
        `On the server look: bptctl history. If it is not there: ${later}`,
      ]
    case 'refused':
      return [
        `your push is stored, but not deployed: ${messageOf(thrown)}`,
        `live is unchanged. Deploy it later: ${later}`,
      ]
    case 'busy':
      return [
        `your push is stored, but the deploy agent is busy (${thrown.reason}).`,
        `live is unchanged. Deploy it later: ${later}`,
      ]
    case 'absent':
      return [
        `your push is stored, but the deploy agent cannot be reached (${thrown.reason}).`,
        'live is unchanged. Start the agent on the server: sudo systemctl start bpt-deployer',
        isCaughtUp ? `It then deploys ${branch} by itself, unless the push was forced.` : `Then deploy: ${later}`,
      ]
  }
}

/** Explains that the agent accepted the push, but that its deploy cannot be followed. */
export function notFollowedLines(thrown: unknown, deploy: number): string[] {
  const reason = thrown instanceof ClientError ? plainWords(thrown.reason) : messageOf(thrown)
  return [`deploy ${deploy} is accepted, but cannot be followed: ${reason}`, `Look again: bptctl log ${deploy} -f`]
}

/** A mistake in the configuration has a line for each key. */
function textLines(text: string): string[] {
  return text.split('\n').map(plainText)
}

function messageOf(thrown: unknown): string {
  return plainWords(thrown instanceof Error ? thrown.message : String(thrown))
}
