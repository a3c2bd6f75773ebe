// What nft is told, by one of our own that writes it down.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { nftGate } from '../../agent/edge/nft-gate.ts'
import type { Port } from '../../agent/port.ts'
import { scratch } from './scratch.ts'

const port: Port = { target: 80, published: 80, address: null }

describe('the gate', () => {
  it('takes rules away first where some may be: of an earlier life, of its own, after a failure', async () => {
    const { gate, told, fail } = made()
    await gate.hold([port])
    await gate.open()
    assert.deepEqual(told(), ['delete, table', 'delete'])
    await gate.hold([port])
    assert.deepEqual(told().slice(2), ['table'])
    await gate.hold([port])
    assert.equal(told().at(-1), 'delete, table')
    await gate.open()
    fail(true)
    await assert.rejects(gate.hold([port]), { code: 'gate_stuck' })
    fail(false)
    await gate.hold([port])
    assert.equal(told().at(-1), 'delete, table')
    await gate.open()
  })
})

/** A gate whose nft notes of each transaction whether it takes a table away and whether it makes one. */
function made() {
  const folder = scratch()
  const notes = join(folder, 'notes')
  const broken = join(folder, 'broken')
  writeFileSync(notes, '')
  writeFileSync(broken, 'no')
  const script = `#!/bin/sh
text=$(cat)
grep -q yes ${broken} && { echo 'it was told to break' >&2; exit 1; }
case $text in *delete*'table inet'*'{'*) what='delete, table';; *delete*) what=delete;; *) what=table;; esac
echo "$what" >> ${notes}
`
  writeFileSync(join(folder, 'nft'), script, { mode: 0o755 })
  return {
    gate: nftGate('/somewhere', 10, { PATH: `${folder}:${process.env.PATH}` }),
    told: () => readFileSync(notes, 'utf8').trim().split('\n'),
    fail: (is: boolean) => writeFileSync(broken, is ? 'yes' : 'no'),
  }
}
