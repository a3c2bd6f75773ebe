// Follows files of a build context through the stages of a Dockerfile, as far as their paths are certain.
import { posix } from 'node:path'
import { flagsOf, type Instruction, parseInstructions, wordsOf } from '../inputs/dockerfile-instructions.ts'

interface Stage {
  name: string
  workdir: string
  /** Paths in the stage with the path in the context from which each came. */
  files: Map<string, string>
}

/** Returns those files of the context that the image of the target, by default the last stage, contains. */
export function findCopiedFiles(text: string, files: string[], target?: string): string[] {
  const stages = followFiles(text, files)
  const built = (target && findStage(target, stages)) || stages.at(-1)
  return [...new Set(built?.files.values())]
}

/** Returns those files of the context that any stage copies. */
export function findReadFiles(text: string, files: string[]): string[] {
  return [...new Set(followFiles(text, files).flatMap((stage) => [...stage.files.values()]))]
}

function followFiles(text: string, files: string[]): Stage[] {
  const stages: Stage[] = []
  for (const instruction of parseInstructions(text)) {
    const keyword = instruction.getKeyword()
    const stage = stages.at(-1)
    if (keyword === 'FROM') stages.push(createStage(instruction, stages))
    else if (stage && keyword === 'WORKDIR') stage.workdir = posix.resolve(stage.workdir, wordsOf(instruction)[0] ?? '')
    else if (stage && (keyword === 'COPY' || keyword === 'ADD')) copyInto(stage, instruction, stages, files)
  }
  return stages
}

function createStage(instruction: Instruction, stages: Stage[]): Stage {
  const [image = '', as = '', name = ''] = wordsOf(instruction)
  const base = findStage(image, stages)
  return {
    name: as.toLowerCase() === 'as' ? name.toLowerCase() : '',
    workdir: base?.workdir ?? '/',
    files: new Map(base?.files),
  }
}

function findStage(name: string, stages: Stage[]): Stage | undefined {
  return (
    stages.find((stage) => stage.name === name.toLowerCase()) ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
  )
}

function copyInto(stage: Stage, instruction: Instruction, stages: Stage[], contextFiles: string[]): void {
  const flags = flagsOf(instruction)
  const from = flags.find((flag) => flag.getName() === 'from')?.getValue()
  const excluded = flags.flatMap((flag) => (flag.getName() === 'exclude' ? [flag.getValue() ?? ''] : []))
  const words = readWords(instruction)
  const target = words.at(-1) ?? ''
  if (target.includes('$')) return
  const source = from
    ? [...(findStage(from, stages)?.files ?? [])]
    : contextFiles.map((file) => [`/${file}`, file] as const)
  for (const [path, file] of source)
    for (const pattern of words.slice(0, -1)) {
      const rest = restBelow(pattern, path)
      if (rest === null || excluded.some((each) => restBelow(each, path) !== null || restBelow(each, rest) !== null))
        continue
      const isRenamed = rest === '' && !/(?:^|\/)\.?$/.test(target)
      const placed = isRenamed ? target : posix.join(target, rest || posix.basename(path))
      stage.files.set(posix.resolve(stage.workdir, placed), file)
    }
}

/** Returns the words of both forms: `COPY a b`, and `COPY ["a", "b"]`. */
function readWords(instruction: Instruction): string[] {
  const words = wordsOf(instruction)
  if (!words[0]?.startsWith('[')) return words
  return Array.from(words.join(' ').matchAll(/"([^"]*)"/g), ([, word = '']) => word)
}

/**
 * Returns the part of a path below a source of COPY: empty if the source is the path itself; null if the source is
 * elsewhere. A source with a variable counts as elsewhere.
 */
function restBelow(source: string, path: string): string | null {
  if (source.includes('$')) return null
  const wanted = posix.resolve('/', source).split('/').filter(Boolean)
  const names = posix.resolve('/', path).split('/').filter(Boolean)
  const matches = wanted.every((pattern, index) => names[index] !== undefined && matchesName(pattern, names[index]))
  return matches ? names.slice(wanted.length).join('/') : null
}

/** Matches as Go's filepath.Match does: `*` also matches a dot at the beginning. */
function matchesName(pattern: string, name: string): boolean {
  const parts = pattern.split(/(\*+|\?|\[[^\]]+\])/).map((part) => {
    if (part.startsWith('*')) return '.*'
    if (part === '?') return '.'
    return /^\[.+\]$/.test(part) ? part : part.replace(/[.+^${}()|\\[\]]/g, String.raw`\$&`)
  })
  try {
    return new RegExp(`^${parts.join('')}$`).test(name)
  } catch {
    return false
  }
}
