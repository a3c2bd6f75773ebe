import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitProgram } from '../../../../../agent/adapters/docker/addresses/placeholder-image.ts'

describe('the program of a placeholder', () => {
  it('is an ELF file for the processor, with one segment that holds the whole file', () => {
    for (const [arch, machine] of [
      ['x64', 62],
      ['arm64', 183],
    ] as const) {
      const elf = waitProgram(arch)
      assert.equal(elf.toString('latin1', 1, 4), 'ELF')
      assert.equal(elf.readUInt16LE(18), machine)
      assert.equal(elf.readBigUInt64LE(24), 0x400078n)
      assert.equal(elf.readBigUInt64LE(96), BigInt(elf.length))
    }
  })

  it('does not exist for other processors', () => {
    assert.throws(() => waitProgram('s390x'), /s390x/)
  })
})
