// Writes the image of a placeholder: one program that waits for ever. It needs no registry and nothing of the server.
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { packTar } from 'modern-tar'

/** Machine code by `process.arch`, with the architecture's number in an ELF header (Linux, include/uapi/linux/elf-em.h). */
const programs: Record<string, { machine: number; code: string }> = {
  // mov eax, 34 (pause); syscall; jmp to the first instruction
  x64: { machine: 62, code: 'b822000000 0f05 ebf7' },
  // mov x0..x3, 0; mov x8, 73 (ppoll); svc 0; b to the first instruction
  arm64: { machine: 183, code: '000080d2 010080d2 020080d2 030080d2 280980d2 010000d4 faffff17' },
}

const loadAddress = 0x400000
const headerBytes = 64
const programHeaderBytes = 56
const codeOffset = headerBytes + programHeaderBytes

/** Returns an ELF program with one segment, which holds the whole file. @throws where the processor is not known. */
export function waitProgram(arch: string): Buffer {
  const program = programs[arch]
  if (!program) throw new Error(`there is no placeholder for the processor ${arch}`)
  const code = Buffer.from(program.code.replaceAll(' ', ''), 'hex')
  const elf = Buffer.alloc(codeOffset)
  // 64 bits, little-endian, version 1; an executable with its program header behind this header.
  elf.write('7f454c46020101', 'hex')
  elf.writeUInt16LE(2, 16)
  elf.writeUInt16LE(program.machine, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeUInt32LE(loadAddress + codeOffset, 24)
  elf.writeUInt32LE(headerBytes, 32)
  elf.writeUInt16LE(headerBytes, 52)
  elf.writeUInt16LE(programHeaderBytes, 54)
  elf.writeUInt16LE(1, 56)
  // The segment is loaded (1), readable and executable (5).
  elf.writeUInt32LE(1, 64)
  elf.writeUInt32LE(5, 68)
  elf.writeUInt32LE(loadAddress, 80)
  elf.writeUInt32LE(codeOffset + code.length, 96)
  elf.writeUInt32LE(codeOffset + code.length, 104)
  elf.writeUInt32LE(0x1000, 112)
  return Buffer.concat([elf, code])
}

/** Creates the image, or replaces it by the same. */
export async function importPlaceholderImage(docker: Docker, name: string): Promise<void> {
  const body = waitProgram(process.arch)
  const tar = await packTar([{ header: { name: 'wait', type: 'file', mode: 0o755, size: body.length }, body }])
  const [repo, tag] = name.split(':')
  const answer = await docker.importImage(Readable.from([Buffer.from(tar)]), { repo, tag })
  await finished(answer.resume())
}
