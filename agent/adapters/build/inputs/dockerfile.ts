// What a Dockerfile takes from elsewhere than its context: the images that it names. All that is not known to take
// nothing else is refused.
import { posix } from 'node:path'
import { type Copy, DockerfileParser, type From, type Instruction, ModifiableInstruction } from 'dockerfile-ast'
import { UncertainInputs } from './uncertain-inputs.ts'

/** Instructions with the flags after which they take nothing else; ONBUILD is not among them. */
const known: Record<string, string[]> = {
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

const frontend = /^(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+)*$/

/**
 * The images that a build begins with or copies from.
 * @param args build arguments, which stand in for what the Dockerfile says.
 * @throws UncertainInputs
 */
export function findReferencedImages(text: string, args: Record<string, string>): string[] {
  sameToAll(text)
  const instructions = DockerfileParser.parse(text).getInstructions()
  for (const keyword of ['ADD', 'COPY', 'FROM', 'RUN']) {
    const lines = text.match(new RegExp(String.raw`^\s*${keyword}\b`, 'gim')) ?? []
    if (lines.length !== instructions.filter((one) => one.getKeyword() === keyword).length)
      throw new UncertainInputs(`a line that begins with ${keyword} and may be part of another`)
  }
  const variables: Variables = {}
  const stages: string[] = []
  const images: string[] = []
  for (const instruction of instructions) {
    harmless(instruction)
    if (is<From>(instruction, 'FROM')) {
      const image = filled(instruction.getImage() ?? '', variables)
      if (!image) throw new UncertainInputs('a FROM without an image')
      if (!stages.includes(image.toLowerCase())) images.push(image)
      stages.push(instruction.getBuildStage()?.toLowerCase() ?? `stage ${stages.length}`)
    } else if (is<Copy>(instruction, 'COPY')) {
      const from = filled(instruction.getFromFlag()?.getValue() ?? '', {})
      if (from && !stages.includes(from.toLowerCase()) && !(Number(from) < stages.length)) images.push(from)
    } else if (instruction.getKeyword() === 'ARG' && stages.length === 0) {
      for (const argument of instruction.getArguments()) {
        const [, name = '', , value] = /^(\w+)(?:=(["']?)([\w.:/@-]*)\2)?$/.exec(argument.getValue()) ?? []
        if (!name || name in variables) throw new UncertainInputs(`ARG ${argument.getValue()}`)
        variables[name] = args[name] ?? value ?? null
      }
    }
  }
  if (stages.length === 0) throw new UncertainInputs('no FROM')
  return [...new Set(images)].filter((image) => image !== 'scratch')
}

/**
 * False where no instruction can take this path of the context into an image; true in doubt.
 * @param links symbolic links of the context: a source that leads over one may be anywhere.
 */
export function canCopyPath(text: string, path: string, links: string[]): boolean {
  return DockerfileParser.parse(text)
    .getInstructions()
    .some((instruction) => {
      const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : []
      const keyword = instruction.getKeyword()
      if (keyword === 'RUN')
        return flags.some((flag) => flag.getName() === 'mount' && mount(flag.getValue() ?? '').type === 'bind')
      if (!['ADD', 'COPY'].includes(keyword)) return false
      if (flags.some((flag) => flag.getName() === 'from' && flag.getValue())) return false
      const words = instruction.getArguments().map((argument) => argument.getValue())
      return words.length < 2 || words.slice(0, -1).some((source) => covers(source, path, links))
    })
}

/** A source of plain names covers what it names and all within. */
function covers(source: string, path: string, links: string[]): boolean {
  if (!/^[\w./@-]+$/.test(source)) return true
  const named = posix.resolve('/', source)
  if (links.some((link) => `${named}/`.startsWith(`/${link}/`))) return true
  return named === '/' || `/${path}/`.startsWith(`${named}/`)
}

/** Null for those without a value. */
type Variables = Record<string, string | null>

/** What one reader of a Dockerfile might take for something else than another one. */
function sameToAll(text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(/^\s*(?:#|\/\/)\s*(syntax|escape)\s*=\s*(\S*)/gim))
    if (name.toLowerCase() !== 'syntax' || !frontend.test(value)) throw new UncertainInputs(`# ${name}=${value}`)
  if (text.includes('<<')) throw new UncertainInputs('a here-document')
  if (/\\\\[ \t]*$|\r(?!\n)|[^\t\n\r\x20-\uffff]|\ufeff/m.test(text))
    throw new UncertainInputs('an unusual end of a line')
}

function harmless(instruction: Instruction): void {
  const keyword = instruction.getKeyword()
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : []
  for (const flag of flags) {
    if (!known[keyword]?.includes(flag.getName())) throw new UncertainInputs(`${keyword} --${flag.getName()}`)
    if (flag.getName() === 'mount' && !mount(flag.getValue() ?? '').local)
      throw new UncertainInputs(`RUN ${flag.toString()}`)
  }
  const words = instruction.getArguments().map((argument) => argument.getValue())
  if (!known[keyword] || words[0]?.startsWith('--')) throw new UncertainInputs(`${keyword} ${words[0]}`)
  if (keyword === 'ADD' && !words.every((word) => /^(?!.*(?:\.git\b|github\.com))[\w.,/*?"[\]-]+$/.test(word)))
    throw new UncertainInputs(`ADD ${words.join(' ')}`)
}

/** The type of a mount, and whether it is one of the context, or of what the builder itself keeps. */
function mount(text: string): { type: string; local: boolean } {
  const options = text.split(',').map((option) => option.split('=') as [string, string?])
  const type = options.findLast(([name]) => name === 'type')?.[1] ?? 'bind'
  const local =
    ['bind', 'cache', 'tmpfs'].includes(type) &&
    options.every(([name]) => /^[a-z]+$/.test(name) && name !== 'from') &&
    !/["'$\\]/.test(text)
  return { type, local }
}

/** @throws UncertainInputs where a variable is not known by its plain name. */
function filled(text: string, variables: Variables): string {
  const full = text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, bare, braced) => variables[bare ?? braced] ?? whole)
  if (!/^[\w.:/@-]*$/.test(full)) throw new UncertainInputs(`the image ${full}`)
  return full
}

function is<I extends Instruction>(instruction: Instruction, keyword: string): instruction is I {
  return instruction.getKeyword() === keyword
}
