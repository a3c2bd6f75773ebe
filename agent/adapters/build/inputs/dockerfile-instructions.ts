// Parses Dockerfiles, as far as the agent looks into them.
import { type Copy, DockerfileParser, type From, type Instruction, ModifiableInstruction } from 'dockerfile-ast'

export type { Copy, From, Instruction }

export function parseInstructions(text: string): Instruction[] {
  return DockerfileParser.parse(text).getInstructions()
}

export function flagsOf(instruction: Instruction) {
  return instruction instanceof ModifiableInstruction ? instruction.getFlags() : []
}

export function wordsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue())
}

export function hasKeyword<I extends Instruction>(instruction: Instruction, keyword: string): instruction is I {
  return instruction.getKeyword() === keyword
}
