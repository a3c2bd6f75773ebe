import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { HealthConfig } from 'dockerode'
import Docker from 'dockerode'
import {
  dockerCheckDelayMs,
  dockerVerdictSeconds,
  OwnHealthCheck,
} from '../../../../agent/adapters/health/own-health-check.ts'

const second = 1_000_000_000

describe('OwnHealthCheck', () => {
  it('passes with exit 0, and gives the last line of another exit as the reason', async () => {
    const exits = [1, 0]
    const check = createCheck(async () => ({ exit: exits.shift() ?? 0, output: 'connecting\nno database\n' }))
    await runOnce(check)
    assert.deepEqual([check.hasPassed, check.reason], [false, 'its health check says: no database'])
    await runOnce(check)
    assert.equal(check.hasPassed, true)
  })

  it('gives no reason against the container if the command could not be run', async () => {
    for (const exit of [126, 127]) {
      const check = createCheck(async () => ({ exit, output: 'executable file not found' }))
      await runOnce(check)
      assert.deepEqual([check.hasPassed, check.reason], [false, null])
    }
    const refused = createCheck(() => Promise.reject(new Error('container is restarting')))
    await runOnce(refused)
    assert.deepEqual([refused.hasPassed, refused.reason], [false, null])
  })

  it('starts no second run while one is in progress, and none without a health check', async () => {
    const answer = Promise.withResolvers<{ exit: number; output: string }>()
    const check = createCheck(() => answer.promise)
    check.startIfDue(inspect({ Test: ['CMD', 'true'] }))
    check.startIfDue(inspect({ Test: ['CMD', 'true'] }))
    assert.equal(check.runs, 1)
    answer.resolve({ exit: 0, output: '' })
    await check.waitForResult()
    const none = createCheck(() => answer.promise)
    none.startIfDue(inspect({ Test: ['NONE'] }))
    none.startIfDue(inspect(undefined))
    assert.equal(none.runs, 0)
  })

  it('runs a command of the form CMD-SHELL by the shell of the image', async () => {
    const commands: string[][] = []
    const check = createCheck(async (command) => {
      commands.push(command)
      return { exit: 0, output: '' }
    })
    check.startIfDue(inspect({ Test: ['CMD-SHELL', 'curl -f localhost'] }, ['/bin/bash', '-c']))
    await check.waitForResult()
    await runOnce(check, ['CMD-SHELL', 'curl -f localhost'])
    assert.deepEqual(commands, [
      ['/bin/bash', '-c', 'curl -f localhost'],
      ['/bin/sh', '-c', 'curl -f localhost'],
    ])
  })
})

describe('dockerCheckDelayMs', () => {
  it('is the interval, or the shorter one of the start period', () => {
    const delays = [
      {},
      { Interval: 60 * second },
      { Interval: 60 * second, StartPeriod: 5 * second },
      { Interval: 60 * second, StartPeriod: 5 * second, StartInterval: second },
    ].map((check) => dockerCheckDelayMs(inspect(check)))
    assert.deepEqual(delays, [30_000, 60_000, 5_000, 1_000])
  })
})

describe('dockerVerdictSeconds', () => {
  it('is the start period and the time of all retries, by the defaults of Docker', () => {
    const command = { Test: ['CMD', 'true'] }
    const seconds = [
      {},
      { Test: ['NONE'] },
      command,
      { ...command, Interval: 5 * second, Timeout: 3 * second, Retries: 2 },
      { ...command, Interval: 5 * second, Timeout: 3 * second, Retries: 2, StartPeriod: 90 * second },
    ].map((check) => dockerVerdictSeconds(inspect(check)))
    assert.deepEqual(seconds, [0, 0, 180, 16, 106])
  })
})

/** Waits until a run may start, and for its result. */
async function runOnce(check: OwnHealthCheck, Test = ['CMD', 'check']): Promise<void> {
  const earlierRuns = check.runs
  while (check.runs === earlierRuns) {
    await new Promise((resolve) => setTimeout(resolve, check.pauseMs))
    check.startIfDue(inspect({ Test }))
  }
  await check.waitForResult()
}

/** @param run answers a command of the container. */
function createCheck(run: (command: string[]) => Promise<{ exit: number; output: string }>): OwnHealthCheck {
  const exec = async ({ Cmd }: { Cmd: string[] }) => {
    const { exit, output } = await run(Cmd)
    return { start: async () => Readable.from([frame(output)]), inspect: async () => ({ ExitCode: exit }) }
  }
  const docker = Object.assign(new Docker(), { getContainer: () => ({ exec }) })
  return new OwnHealthCheck(docker, 'web', new AbortController().signal)
}

function frame(output: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(output.length, 4)
  return Buffer.concat([header, Buffer.from(output)])
}

function inspect(Healthcheck?: HealthConfig, Shell: string[] | null = null) {
  return { Config: { Healthcheck, Shell } }
}
