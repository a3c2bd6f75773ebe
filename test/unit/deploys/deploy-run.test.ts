import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createFileLogs } from '../../../agent/adapters/logs/log-files.ts'
import { openDeployStore, type SqliteDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { startRun } from '../../../agent/deploys/deploy-run.ts'
import type { PreviousState } from '../../../agent/interfaces/deploy-store.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import type { StepName } from '../../../agent/protocol/steps.ts'
import { createPipelineFixture } from '../support/memory-engine.ts'
import { createNewDeploy } from '../support/new-deploy.ts'
import { noContents } from '../support/no-contents.ts'
import { createScratchFolder } from '../support/scratch.ts'

const bootId = 'this boot'

describe('a deploy after the agent died during `put back`', () => {
  it('is put back and not run again, after a cancel', async () => {
    const { store, run } = createInterruptedDeploy(['check out', 'put back'])
    store.saveFailure(2, Failure.of('cancelled', { by: 'ben', step: 'swap' }))
    const { deploy, steps, running, log } = await run()
    assert.deepEqual(steps, ['put back'])
    assert.deepEqual(running, { server: 'old', db: 'fixed' })
    assert.deepEqual([deploy?.state, deploy?.code], ['cancelled', null])
    assert.match(deploy?.sentence ?? '', /^not deployed: cancelled by ben during swap\. Live again: old /)
    assert.match(log, / - the agent died during put back; not run again: cancelled by ben\n/)
  })

  it('is put back and not run again, after a failure, whose code and help it keeps', async () => {
    const { store, run } = createInterruptedDeploy(['verify', 'put back'])
    store.saveFailure(2, Failure.of('docker_away', { reason: 'no answer' }))
    const { deploy, steps, running } = await run()
    assert.deepEqual(steps, ['put back'])
    assert.deepEqual(running, { server: 'old', db: 'fixed' })
    assert.deepEqual([deploy?.state, deploy?.code], ['failed', 'docker_away'])
    assert.match(deploy?.sentence ?? '', /the Docker engine does not answer.* Look: systemctl status docker$/)
  })

  it('is put back even if the failure could not be recorded', async () => {
    const { deploy, steps, running } = await createInterruptedDeploy(['verify', 'put back']).run()
    assert.deepEqual(steps, ['put back'])
    assert.deepEqual(running, { server: 'old', db: 'fixed' })
    assert.deepEqual([deploy?.state, deploy?.code], ['failed', 'died'])
  })
})

describe('a deploy after the agent died during another step', () => {
  it('runs again from its first step', async () => {
    const { deploy, steps } = await createInterruptedDeploy(['check out', 'verify']).run()
    assert.deepEqual(steps, ['check out', 'check', 'build', 'plan', 'swap', 'verify'])
    assert.equal(deploy?.state, 'live')
  })

  it('is put back and not run again when a cancel was recorded', async () => {
    const { store, run } = createInterruptedDeploy(['swap'])
    store.saveFailure(2, Failure.of('cancelled', { by: 'ben', step: 'swap' }))
    const { deploy, steps } = await run()
    assert.deepEqual([deploy?.state, steps], ['cancelled', ['put back']])
  })

  it('is put back the third time, and records the failure before that', async () => {
    const { store, run } = createInterruptedDeploy(['verify'], { attempts: 3 })
    const { deploy, steps } = await run()
    assert.deepEqual(steps, ['put back'])
    assert.match(
      deploy?.sentence ?? '',
      /^not deployed: the agent died during verify, for the third time\. Live again: /,
    )
    assert.equal(store.failure(2)?.code, 'died')
  })

  it('fails the third time, without being put back, if it has changed nothing that runs', async () => {
    const { deploy, steps } = await createInterruptedDeploy(['build'], { attempts: 3, previous: null }).run()
    assert.deepEqual([deploy?.state, deploy?.code, steps], ['failed', 'died', []])
  })
})

describe('a deploy that was cancelled while it waited, just before the agent died', () => {
  it('runs no step', async () => {
    const { store, run } = createInterruptedDeploy([], { attempts: 0, previous: null })
    store.saveFailure(2, Failure.of('cancelled', { by: 'ben', step: 'its wait' }))
    const { deploy, steps } = await run()
    assert.deepEqual([deploy?.state, steps], ['cancelled', []])
    assert.match(deploy?.sentence ?? '', /^not deployed: cancelled by ben during its wait\. Live is still old /)
  })
})

describe('a deploy after a put back that failed', () => {
  it('leaves the put back pending if it fails as well', async () => {
    const { store, run } = createInterruptedDeploy(['verify'], { attempts: 3 })
    store.setRestorePending(true)
    const { deploy, steps } = await run()
    assert.deepEqual(steps, ['put back'])
    assert.ok(store.isRestorePending())
    assert.match(deploy?.sentence ?? '', /old could not be put back completely, so that something else may run/)
  })

  it('ends the retries if it goes live', async () => {
    const { store, run } = createInterruptedDeploy(['verify'])
    store.setRestorePending(true)
    await run()
    assert.ok(!store.isRestorePending())
  })
})

interface InterruptionOptions {
  attempts?: number
  previous?: PreviousState | null
}

/** Deploy 1 is live with revision `old`; deploy 2 began these steps, and the agent died during the last of them. */
function createInterruptedDeploy(
  stepsBefore: StepName[],
  { attempts = 1, previous = { revision: 'old', images: { server: 'old' } } }: InterruptionOptions = {},
) {
  const folder = createScratchFolder()
  const store: SqliteDeployStore = openDeployStore(':memory:')
  store.addDeploy({ ...createNewDeploy('old'), log: join(folder, '1') })
  store.endDeploy(1, { state: 'live', sentence: '', images: { server: 'old' } }, 1)
  store.addDeploy({ ...createNewDeploy('new'), log: join(folder, '2') })
  for (let n = 0; n < attempts; n++) store.beginDeploy(2, 1, bootId)
  if (previous) store.savePreviousState(2, previous)
  for (const name of stepsBefore) {
    store.beginStep(2, name, 2)
    if (name !== stepsBefore.at(-1)) store.endStep(2, true, '', 3)
  }
  return { store, run: () => runAgain(store, folder) }
}

async function runAgain(store: SqliteDeployStore, folder: string) {
  const fixture = createPipelineFixture({ live: 'new' })
  const steps: string[] = []
  const next = store.findDeploy(2) ?? assert.fail()
  await startRun(next, {
    ...fixture.deps,
    contents: noContents,
    engine: fixture.engine,
    store,
    logs: createFileLogs(folder, () => {}),
    sinks: [{ publish: () => {}, stepBegan: (name) => void steps.push(name), stepOutput: () => {} }],
    limits: { 'check out': 5, check: 5, build: 5, plan: 5, swap: 5, verify: 5, 'put back': 5, silence: 60 },
    pruner: { finishRemoval: async () => {} },
    bootId,
    stopping: new AbortController().signal,
    reportError: (_text, thrown) => assert.fail(thrown as Error),
    onEnded: () => {},
  }).done
  const log = readFileSync(next.log, 'utf8')
  return { deploy: store.findDeploy(2), steps, running: fixture.stack.running, log }
}
