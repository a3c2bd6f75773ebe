// Keeps the status line of systemd up to date: writes it anew at each event and each beginning of a step.
import type { ReleaseRecords } from '../interfaces/deploy-store.ts'
import type { EventSink } from '../interfaces/event-sink.ts'
import { statusLine } from '../protocol/deploy-text.ts'
import type { DeployScheduler } from './scheduler.ts'

export interface StatusSinkDeps {
  setStatus(makeLine: () => string): void
  releases: Pick<ReleaseRecords, 'liveDeploy'>
  snapshot: DeployScheduler['snapshot']
}

export function createStatusSink({ setStatus, releases, snapshot }: StatusSinkDeps): EventSink {
  const makeLine = () => {
    const { running, waiting } = snapshot()
    const current = running && {
      deploy: running.deploy,
      step: running.at?.step ?? 'begins',
      began: running.at?.began ?? Date.now(),
      heard: running.at?.heard ?? Date.now(),
    }
    return statusLine(releases.liveDeploy(), current, waiting.length, Date.now())
  }
  const update = () => setStatus(makeLine)
  return { publish: update, stepBegan: update, stepOutput() {} }
}
