// Finds the images that a Dockerfile refers to, and refuses every instruction that is not known to take its input only
// from these images and the context.
import { posix } from 'node:path'
import {
  type Copy,
  type From,
  flagsOf,
  hasKeyword,
  type Instruction,
  parseInstructions,
  wordsOf,
} from './dockerfile-instructions.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

/** Instructions that take input only from images and the context, with the flags that do not change that. */
const verifiableFlags: Record<string, string[]> = {
  ...Object.fromEntries(
    'ARG CMD ENTRYPOINT ENV EXPOSE LABEL MAINTAINER SHELL STOPSIGNAL USER VOLUME WORKDIR FROM'
      .split(' ')
      .map((keyword) => [keyword, []]),
  ),
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
  RUN: ['mount', 'network'],
  COPY: ['from', 'chown', 'chmod', 'link', 'parents', 'exclude'],
  ADD: ['chown', 'chmod', 'link'],
}

/** Docker's own frontend, which reads the instructions as this file does. */
const standardFrontend = /^(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+)*$/

/** Values of the ARGs before the first FROM; null for an ARG without a value. */
type Variables = Record<string, string | null>

/**
 * Returns the images of FROM and COPY --from, without the Dockerfile's own stages and `scratch`.
 * @param args build arguments, which replace the defaults in the Dockerfile.
 * @throws UncertainInputs
 */
export function findReferencedImages(text: string, args: Record<string, string>): string[] {
  assertUnambiguous(text)
  const instructions = parseInstructions(text)
  assertAllInstructionsFound(text, instructions)
  const variables: Variables = {}
  const stages: string[] = []
  const images: string[] = []
  for (const instruction of instructions) {
    assertVerifiable(instruction)
    if (hasKeyword<From>(instruction, 'FROM')) {
      const image = fillVariables(instruction.getImage() ?? '', variables)
      if (!image) throw new UncertainInputs('a FROM without an image')
      if (!stages.includes(image.toLowerCase())) images.push(image)
      stages.push(instruction.getBuildStage()?.toLowerCase() ?? `stage ${stages.length}`)
    } else if (hasKeyword<Copy>(instruction, 'COPY')) {
      const from = fillVariables(instruction.getFromFlag()?.getValue() ?? '', {})
      if (from && !stages.includes(from.toLowerCase()) && !(Number(from) < stages.length)) images.push(from)
    } else if (instruction.getKeyword() === 'ARG' && stages.length === 0) {
      readArgs(instruction, variables, args)
    }
  }
  if (stages.length === 0) throw new UncertainInputs('no FROM')
  return [...new Set(images)].filter((image) => image !== 'scratch')
}

/**
 * Returns every image that the instructions may refer to, also in a Dockerfile that `findReferencedImages` refuses: a
 * name that is no image's does no harm where only the images of some services are looked for.
 */
export function guessReferencedImages(text: string, args: Record<string, unknown>): string[] {
  const variables: Record<string, string> = {}
  const expand = (word: string) =>
    word.replace(/\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g, (whole, bare, braced, fallback) =>
      String(variables[bare ?? braced] ?? fallback ?? whole),
    )
  const findNames = (instruction: Instruction): (string | null | undefined)[] => {
    if (instruction.getKeyword() === 'FROM') return wordsOf(instruction).slice(0, 1)
    if (hasKeyword<Copy>(instruction, 'COPY')) return [instruction.getFromFlag()?.getValue()]
    if (instruction.getKeyword() === 'ARG')
      for (const [, name = '', value = ''] of wordsOf(instruction).map((word) => /^(\w+)=?(.*)$/.exec(word) ?? []))
        if (args[name] || value) variables[name] = String(args[name] ?? expand(value.replace(/^(["'])(.*)\1$/, '$2')))
    return flagsOf(instruction).map((flag) => /(?:^|,)from=([^,]+)/.exec(flag.getValue() ?? '')?.[1])
  }
  const names = parseInstructions(text).flatMap(findNames)
  return [...new Set(names.flatMap((name) => (name ? expand(name) : [])))]
}

/**
 * False if no instruction can copy this path of the context into an image; true in doubt.
 * @param links symbolic links of the context: a source that leads over a link may be any path.
 */
export function canCopyPath(text: string, path: string, links: string[]): boolean {
  return parseInstructions(text).some((instruction) => {
    const flags = flagsOf(instruction)
    const keyword = instruction.getKeyword()
    if (keyword === 'RUN')
      return flags.some((flag) => flag.getName() === 'mount' && parseMount(flag.getValue() ?? '').type === 'bind')
    if (!['ADD', 'COPY'].includes(keyword)) return false
    if (flags.some((flag) => flag.getName() === 'from' && flag.getValue())) return false
    const words = wordsOf(instruction)
    return words.length < 2 || words.slice(0, -1).some((source) => mayCover(source, path, links))
  })
}

/** False only if the source has no wildcard, leads over no link, and is neither the path nor a folder of it. */
function mayCover(source: string, path: string, links: string[]): boolean {
  if (!/^[\w./@-]+$/.test(source)) return true
  const sourcePath = posix.resolve('/', source)
  if (links.some((link) => `${sourcePath}/`.startsWith(`/${link}/`))) return true
  return sourcePath === '/' || `/${path}/`.startsWith(`${sourcePath}/`)
}

/** Refuses text that the library's parser and BuildKit's may read differently. */
function assertUnambiguous(text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(/^\s*(?:#|\/\/)\s*(syntax|escape)\s*=\s*(\S*)/gim))
    if (name.toLowerCase() !== 'syntax' || !standardFrontend.test(value))
      throw new UncertainInputs(`# ${name}=${value}`)
  if (text.includes('<<')) throw new UncertainInputs('a here-document')
  if (/\\\\[ \t]*$|\r(?!\n)|[^\t\n\r\x20-\uffff]|\ufeff/m.test(text))
    throw new UncertainInputs('an unusual end of a line')
}

/** Refuses a line that looks like an instruction, but continues another one for the parser. */
function assertAllInstructionsFound(text: string, instructions: Instruction[]): void {
  for (const keyword of ['ADD', 'COPY', 'FROM', 'RUN']) {
    const lines = text.match(new RegExp(String.raw`^\s*${keyword}\b`, 'gim')) ?? []
    if (lines.length !== instructions.filter((instruction) => instruction.getKeyword() === keyword).length)
      throw new UncertainInputs(`a line that begins with ${keyword} and may be part of another`)
  }
}

function assertVerifiable(instruction: Instruction): void {
  const keyword = instruction.getKeyword()
  for (const flag of flagsOf(instruction)) {
    if (!verifiableFlags[keyword]?.includes(flag.getName())) throw new UncertainInputs(`${keyword} --${flag.getName()}`)
    if (flag.getName() === 'mount' && !parseMount(flag.getValue() ?? '').isLocal)
      throw new UncertainInputs(`RUN ${flag.toString()}`)
  }
  const words = wordsOf(instruction)
  if (!verifiableFlags[keyword] || words[0]?.startsWith('--')) throw new UncertainInputs(`${keyword} ${words[0]}`)
  // ADD also fetches URLs and git repositories: accept only sources that must be files of the context.
  if (keyword === 'ADD' && !words.every((word) => /^(?!.*(?:\.git\b|github\.com))[\w.,/*?"[\]-]+$/.test(word)))
    throw new UncertainInputs(`ADD ${words.join(' ')}`)
}

/** Adds the variables of an ARG before the first FROM. */
function readArgs(instruction: Instruction, variables: Variables, args: Record<string, string>): void {
  for (const word of wordsOf(instruction)) {
    const [, name = '', , value] = /^(\w+)(?:=(["']?)([\w.:/@-]*)\2)?$/.exec(word) ?? []
    if (!name || name in variables) throw new UncertainInputs(`ARG ${word}`)
    variables[name] = args[name] ?? value ?? null
  }
}

/** A mount is local if it takes files only from the context or from the builder's own cache. */
function parseMount(text: string): { type: string; isLocal: boolean } {
  const options = text.split(',').map((option) => option.split('=') as [string, string?])
  const type = options.findLast(([name]) => name === 'type')?.[1] ?? 'bind'
  const isLocal =
    ['bind', 'cache', 'tmpfs'].includes(type) &&
    options.every(([name]) => /^[a-z]+$/.test(name) && name !== 'from') &&
    !/["'$\\]/.test(text)
  return { type, isLocal }
}

/** @throws UncertainInputs for anything but `$NAME` and `${NAME}` of a variable with a value. */
function fillVariables(text: string, variables: Variables): string {
  const filled = text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, bare, braced) => variables[bare ?? braced] ?? whole)
  if (!/^[\w.:/@-]*$/.test(filled)) throw new UncertainInputs(`the image ${filled}`)
  return filled
}
