// Tests the bench's evaluation of a trace of the agent.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandSpans, engineRequestSpans, heldProbeSpans, uncoveredMs } from '../../bench/measure/agent-trace.ts'
import { parseKernelEvents } from '../../bench/measure/kernel-events.ts'

const agentPid = 10
const events = parseKernelEvents(
  `# tracer: nop
            node-10      [001] d..1. 1.000000: sched_process_fork: comm=node pid=10 child_comm=node child_pid=15
             git-15      [001] ..... 1.010000: sched_process_exec: filename=/usr/bin/git pid=15 old_pid=15
            node-10      [001] ..... 1.090000: sched_process_fork: comm=node pid=10 child_comm=node child_pid=20
             git-20      [000] ..... 1.100000: sched_process_exec: filename=/usr/bin/git pid=20 old_pid=20
    bash (login)-30      [000] ..... 1.110000: sched_process_fork: comm=bash pid=30 child_comm=bash child_pid=31
              ls-31      [000] ..... 1.120000: sched_process_exec: filename=/usr/bin/ls pid=31 old_pid=31
              ls-31      [000] ..... 1.190000: sched_process_exit: comm=ls pid=31 prio=120 group_dead=true
             git-20      [000] ..... 1.200000: sched_process_exit: comm=git pid=20 prio=120 group_dead=true
            node-10      [001] ..... 1.300000: sched_process_fork: comm=node pid=10 child_comm=node child_pid=21
          libuv-21       [001] ..... 1.400000: sched_process_exit: comm=libuv pid=21 prio=120 group_dead=false
            node-10      [001] ..... 2.000000: inet_sock_set_state: saddr=10.0.0.2 daddr=10.0.0.2 oldstate=TCP_CLOSE newstate=TCP_SYN_SENT
            curl-40      [001] ..... 2.100000: inet_sock_set_state: saddr=10.0.0.1 daddr=10.0.0.2 oldstate=TCP_SYN_SENT newstate=TCP_ESTABLISHED
            node-10      [001] ..... 2.500000: inet_sock_set_state: saddr=10.0.0.2 daddr=10.0.0.2 oldstate=TCP_CLOSE newstate=TCP_SYN_SENT
          <idle>-0       [001] ..s2. 3.050000: inet_sock_set_state: saddr=10.0.0.2 daddr=10.0.0.2 oldstate=TCP_SYN_SENT newstate=TCP_ESTABLISHED
            node-10      [001] ..... 3.060000: inet_sock_set_state: saddr=10.0.0.2 daddr=10.0.0.2 oldstate=TCP_SYN_SENT newstate=TCP_CLOSE
`,
  0,
)
const engineNotes = '1 1 1160 1200\n1 1 1160 1250\n2 1 1300 1310\n1 2 1260 1265\n'

describe('a trace of the agent', () => {
  it('contains its commands from start to exit, without those that still run', () => {
    assert.deepEqual(commandSpans({ events, agentPid }), [{ from: 1090, to: 1200 }])
  })

  it('contains the times in which an availability probe waited to be connected', () => {
    assert.deepEqual(heldProbeSpans({ events }), [{ from: 2000, to: 3060 }])
  })

  it('contains requests to the engine until the last part of their answer', () => {
    assert.deepEqual(engineRequestSpans({ engineNotes }), [
      { from: 1160, to: 1250 },
      { from: 1300, to: 1310 },
      { from: 1260, to: 1265 },
    ])
  })

  it('leaves to the agent the time that none of these spans covers', () => {
    const spans = [...commandSpans({ events, agentPid }), ...engineRequestSpans({ engineNotes })]
    const ownMs = uncoveredMs({ from: 1050, to: 1400 }, spans)
    assert.equal(Math.round(ownMs), 40 + 10 + 35 + 90)
  })

  it('counts no covered time, and no time twice', () => {
    const waits = [
      { from: 0, to: 30 },
      { from: 10, to: 20 },
      { from: 90, to: 200 },
    ]
    assert.equal(uncoveredMs({ from: 5, to: 100 }, waits), 60)
    assert.equal(uncoveredMs({ from: 12, to: 18 }, waits), 0)
  })
})
