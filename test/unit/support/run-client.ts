// Runs bptctl and the hook's program as people run them, against a fake agent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { formatLogLine, type LogLine } from '../../../agent/protocol/log-line.ts'
import type { DeployOutcome } from '../../../agent/protocol/messages.ts'
import type { Call, FakeAgent } from './fake-agent.ts'

export const revision = '51be07d'.padEnd(40, '0')
export const liveOutcome: DeployOutcome = {
  deploy: 43,
  revision,
  state: 'live',
  sentence: 'live: 51be07d',
  by: null,
  code: null,
}

export const logLines = (
  [
    { kind: 'head', text: 'deploy 43' },
    { kind: 'began', step: 'build' },
    { kind: 'done', step: 'build', took: '1.0 s', remark: '' },
  ] satisfies LogLine[]
).map((line) => formatLogLine(line, new Date()))

/** Accepts a deploy, sends its log, and ends it with this outcome. */
export function answerDeploy(outcome: DeployOutcome): (call: Call) => void {
  return (call) => {
    if (call.method === 'deploy') return call.answer({ deploy: 43, revision })
    call.sendLines(1, logLines)
    call.answer(outcome)
  }
}

export function writeConfig(fake: FakeAgent, socket = fake.socket): string {
  const file = join(fake.directory, 'bpt-deployer.toml')
  writeFileSync(file, `socket = ${JSON.stringify(socket)}\n`)
  return file
}

export function runBptctl(fake: FakeAgent, ...args: string[]): Promise<ClientRun> {
  return runClient('client/main.ts', ['--config', writeConfig(fake), ...args])
}

export interface ClientRun {
  code: number | null
  out: string
  err: string
}

export async function runClient(
  program: string,
  args: string[],
  input = '',
  env: Record<string, string> = {},
): Promise<ClientRun> {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, SSH_CONNECTION: '', ...env } })
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}
