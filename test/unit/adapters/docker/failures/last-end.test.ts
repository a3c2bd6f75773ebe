import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerInspectInfo } from 'dockerode'
import { endText, memoryHelp, summarizeEvents } from '../../../../../agent/adapters/docker/failures/last-end.ts'

const start = { Action: 'start' }
const oom = { Action: 'oom' }
const die = (exitCode: number) => ({ Action: 'die', Actor: { Attributes: { exitCode: `${exitCode}` } } })

describe('summarizeEvents', () => {
  it('gives the exit of the last life that has ended', () => {
    assert.deepEqual(summarizeEvents([start, die(1), start, die(3), start]), { exitCode: 3, isOutOfMemory: false })
    assert.deepEqual(summarizeEvents([start]), { exitCode: null, isOutOfMemory: false })
  })

  it('tells of a lack of memory in the last life that has ended, or in the one that runs', () => {
    assert.equal(summarizeEvents([start, oom, die(137)]).isOutOfMemory, true)
    assert.equal(summarizeEvents([start, oom, die(137), start]).isOutOfMemory, true)
    assert.equal(summarizeEvents([start, oom]).isOutOfMemory, true)
    assert.equal(summarizeEvents([start, die(1), start, oom, die(137)]).isOutOfMemory, true)
    assert.equal(summarizeEvents([start, oom, die(137), start, die(1)]).isOutOfMemory, false)
  })
})

describe('endText', () => {
  it('tells how often and how a container ended', () => {
    assert.equal(textOf(0, 4), 'it ended with exit 4')
    assert.equal(textOf(1, 4), 'it ended with exit 4')
    assert.equal(textOf(3, 4), 'it ended 3 times, last with exit 4')
    assert.equal(textOf(1, null), 'it ended once')
    assert.equal(textOf(2, null), 'it ended 2 times')
  })

  it('names the memory limit of a container that was killed for memory', () => {
    const text = 'it ended with exit 137, out of memory: its limit is 64 MB'
    assert.equal(textOf(1, 137, { isOutOfMemory: true }), text)
    assert.equal(textOf(0, 137), 'it ended with exit 137, killed by a signal, perhaps for memory: its limit is 64 MB')
    assert.equal(textOf(0, 137, { megabytes: 0 }), 'it ended with exit 137, killed by a signal')
  })

  it('gives the place of the limit as help', () => {
    const end = { exitCode: 137, isOutOfMemory: true }
    assert.match(memoryHelp(inspect(0, 64), end) ?? '', /mem_limit/)
    assert.match(memoryHelp(inspect(0, 0), end) ?? '', /journalctl -k/)
    assert.equal(memoryHelp(inspect(0, 64), { ...end, isOutOfMemory: false }), null)
  })
})

function textOf(restarts: number, exitCode: number | null, { isOutOfMemory = false, megabytes = 64 } = {}): string {
  return endText(inspect(restarts, megabytes), { exitCode, isOutOfMemory })
}

function inspect(RestartCount: number, megabytes: number): ContainerInspectInfo {
  return { RestartCount, HostConfig: { Memory: megabytes * 1024 * 1024 } } as ContainerInspectInfo
}
