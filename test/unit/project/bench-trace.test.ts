// What the bench reads from a trace of the agent.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commands, held, owed, uncovered } from '../../bench/measure/agent-trace.ts'
import { parsed } from '../../bench/measure/kernel-events.ts'

const agent = 10
const events = parsed(
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
const answers = '1 1 1160 1200\n1 1 1160 1250\n2 1 1300 1310\n1 2 1260 1265\n'

describe('a trace of the agent', () => {
  it('tells its commands from start to exit, but none that stays', () => {
    assert.deepEqual(commands({ events, agent }), [{ from: 1090, to: 1200 }])
  })

  it('tells how long visitors waited to be connected', () => {
    assert.deepEqual(held({ events }), [{ from: 2000, to: 3060 }])
  })

  it('tells requests of the engine until the last part of their answer', () => {
    assert.deepEqual(owed({ answers }), [
      { from: 1160, to: 1250 },
      { from: 1300, to: 1310 },
      { from: 1260, to: 1265 },
    ])
  })

  it('leaves to the agent what none of them covers', () => {
    const left = uncovered({ from: 1050, to: 1400 }, [...commands({ events, agent }), ...owed({ answers })])
    assert.equal(Math.round(left), 40 + 10 + 35 + 90)
  })

  it('leaves nothing to the agent of a time that is covered, and counts nothing twice', () => {
    const waits = [
      { from: 0, to: 30 },
      { from: 10, to: 20 },
      { from: 90, to: 200 },
    ]
    assert.equal(uncovered({ from: 5, to: 100 }, waits), 60)
    assert.equal(uncovered({ from: 12, to: 18 }, waits), 0)
  })
})
