// What a pusher reads when the agent does not take the push: the push itself stands, and how to deploy it later.
import { userInfo } from 'node:os'
import { ClientError } from '../rpc/client-error.ts'

export function notDeployedLines(thrown: unknown, branch: string, deploys: boolean): string[] {
  const later = `bptctl deploy ${branch}`
  if (!(thrown instanceof ClientError)) return [`your push is stored, but not deployed: ${reason(thrown)}`]
  switch (thrown.kind) {
    case 'forbidden':
      return [
        `your push is stored, but you may not use the deploy agent (${thrown.reason}).`,
        `live is unchanged. On the server: sudo usermod -aG bpt ${userInfo().username}, log in again, then: ${later}`,
      ]
    case 'lost':
      return [
        `your push is stored, but nobody knows whether its deploy was accepted: ${thrown.reason}.`,
        `On the server look: bptctl history. If it is not there: ${later}`,
      ]
    case 'refused':
      return [`your push is stored, but not deployed: ${thrown.message}`, `Deploy it later: ${later}`]
    default: {
      const sentence = `your push is stored, but the deploy agent cannot be reached (${thrown.reason}).`
      const start = 'live is unchanged. On the server: sudo systemctl start bpt-deployer'
      return [sentence, deploys ? `${start}; it will deploy ${branch} by itself` : start]
    }
  }
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
