import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { stopSignalOf } from '../../../../../agent/adapters/docker/foreign-act.ts'
import { followIncidents, IncidentReader, parseEvent } from '../../../../../agent/adapters/docker/watch/incidents.ts'
import type { ContainerIncident } from '../../../../../agent/interfaces/engine/container-observer.ts'
import { createFakeContainer, createFakeDocker } from '../../../support/fake-containers.ts'

const { SIGHUP, SIGKILL, SIGQUIT, SIGTERM, SIGWINCH } = constants.signals

describe("a container's end in Docker's events", () => {
  it('is requested after its stop signal or SIGKILL, and not after a signal that lets it reload', () => {
    for (const [signal, isRequested] of [
      [SIGTERM, true],
      [SIGKILL, true],
      [SIGHUP, false],
    ] as const)
      assert.deepEqual(readEnd(['kill', { signal: String(signal) }]), {
        exitCode: 1,
        isOutOfMemory: false,
        isRequested,
      })
  })

  it('is requested after the signal by which its image says that it stops', () => {
    const kill = (signal: number) => ['kill', { signal: String(signal) }] as const
    const signals = new Map([['web', SIGWINCH]])
    assert.equal(readEnd(kill(SIGWINCH), signals)?.isRequested, true)
    assert.equal(readEnd(kill(SIGTERM), signals)?.isRequested, false)
  })

  it('is requested if its exit code names the signal, whatever this is', () => {
    const reader = new IncidentReader(new Map())
    reader.read(eventOf('kill', { signal: String(SIGHUP) }))
    reader.read(eventOf('kill', { signal: String(SIGWINCH) }))
    assert.partialDeepStrictEqual(reader.read(eventOf('die', { exitCode: '129' })), { isRequested: true })
  })

  it('has only what came after its last start as its cause', () => {
    const reader = new IncidentReader(new Map())
    reader.read(eventOf('kill', { signal: '15' }))
    reader.read(eventOf('oom'))
    reader.read(eventOf('die', { exitCode: '143' }))
    reader.read(eventOf('start'))
    const unexplained = { isRequested: false, isOutOfMemory: false }
    assert.partialDeepStrictEqual(reader.read(eventOf('die', { exitCode: '1' })), unexplained)
  })

  it('is out of memory after the event of the kernel', () => {
    assert.deepEqual(readEnd(['oom', {}]), { exitCode: 1, isOutOfMemory: true, isRequested: false })
  })
})

describe("a line of Docker's event stream", () => {
  it('is read as an event, and is ignored if it is none or only a part of one', () => {
    const line = JSON.stringify({ Type: 'container', ...eventOf('die', { exitCode: '1' }) })
    assert.deepEqual(parseEvent(line), eventOf('die', { exitCode: '1' }))
    assert.deepEqual(
      [parseEvent(line.slice(0, 20)), parseEvent('{"Action":"die"}'), parseEvent('')],
      [null, null, null],
    )
  })
})

describe('the incidents of a project', () => {
  it('are read until the engine goes away or the reader leaves, with the stop signals of its containers', async () => {
    for (const isEngineLost of [true, false]) {
      const stream = new PassThrough()
      const web = createFakeContainer('web', { Id: 'web', Config: { Labels: {}, StopSignal: 'SIGWINCH' } })
      const docker = Object.assign(createFakeDocker([web]), { getEvents: async () => stream })
      const incidents: ContainerIncident[] = []
      const reader = new AbortController()
      const report = (incident: ContainerIncident) => {
        incidents.push(incident)
        if (isEngineLost) stream.destroy(new Error('the engine has gone away'))
        else reader.abort()
      }
      const events = [eventOf('kill', { signal: String(SIGWINCH) }), eventOf('die', { exitCode: '0' })]
      stream.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
      await followIncidents(docker, 'shop', 0, report, reader.signal)
      assert.deepEqual([incidents.length, stream.destroyed], [1, true])
      assert.partialDeepStrictEqual(incidents[0], { kind: 'ended', isRequested: true })
    }
  })
})

describe('the stop signal of a container', () => {
  it('is read from names with and without SIG, numbers and real-time signals', () => {
    const signals = [undefined, 'SIGQUIT', 'QUIT', '28', 'SIGRTMIN+3', 'RTMIN'].map((StopSignal) =>
      stopSignalOf({ StopSignal }),
    )
    assert.deepEqual(signals, [SIGTERM, SIGQUIT, SIGQUIT, 28, 37, 34])
  })
})

function eventOf(Action: string, Attributes: Record<string, string> = {}) {
  return { Action, timeNano: 5e9, Actor: { ID: 'web', Attributes } }
}

/** Reads the end of the container web after one other event. */
function readEnd(
  [action, attributes]: readonly [string, Record<string, string>],
  stopSignals = new Map<string, number>(),
) {
  const reader = new IncidentReader(stopSignals)
  assert.equal(reader.read(eventOf(action, attributes)), null)
  const incident = reader.read(eventOf('die', { exitCode: '1' }))
  if (incident?.kind !== 'ended') return null
  const { exitCode, isOutOfMemory, isRequested } = incident
  return { exitCode, isOutOfMemory, isRequested }
}
