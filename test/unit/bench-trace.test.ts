// What the bench reads from a trace of the agent.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commands, connections, owed, uncovered } from '../bench/trace.ts'

const calls = `
10 1.000000 execve("/usr/lib/bpt-deployer/bin/node", ["node", "agent.js"], 0x7ffe /* 9 vars */) = 0
15 1.010000 execve("/usr/bin/git", ["git", "cat-file", "--batch-command"], 0x7ffe /* 9 vars */) = 0
20 1.100000 execve("/usr/bin/git", ["git", "checkout"], 0x7ffe /* 9 vars */) = 0
10 1.150000 connect(30, {sa_family=AF_UNIX, sun_path="/run/engine.sock"}, 110) = 0
20 1.200000 +++ exited with 0 +++
10 2.000000 connect(32, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16) = -1 EINPROGRESS
10 2.100000 close(30) = 0
10 3.050000 close(32 <unfinished ...>
10 3.060000 <... close resumed>) = 0
10 3.100000 connect(33, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16) = -1 EINPROGRESS
10 3.200000 connect(33, {sa_family=AF_UNIX, sun_path="/run/engine.sock"}, 110) = 0
10 3.300000 close(33) = 0
15 3.400000 +++ exited with 0 +++
`.trim()
const answers = '1 1 1160 1200\n1 1 1160 1250\n2 1 1300 1310\n1 2 1260 1265\n'

describe('a trace of the agent', () => {
  it('tells commands from start to exit, but none that stays', () => {
    assert.deepEqual(commands(calls), [{ from: 1100, to: 1200 }])
  })

  it('tells requests of the engine until the last part of their answer', () => {
    assert.deepEqual(owed(answers), [
      { from: 1160, to: 1250 },
      { from: 1300, to: 1310 },
      { from: 1260, to: 1265 },
    ])
  })

  it('tells connections to ports from their first packet to their end', () => {
    assert.deepEqual(
      connections(calls).map(({ from, to }) => [Math.round(from), Math.round(to)]),
      [[2000, 3050]],
    )
  })

  it('leaves to the agent what none of them covers', () => {
    const left = uncovered({ from: 1050, to: 1400 }, [...commands(calls), ...owed(answers)])
    assert.equal(Math.round(left), 50 + 10 + 35 + 90)
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
