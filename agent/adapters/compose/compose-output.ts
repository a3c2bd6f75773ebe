// Sorts the lines that docker and compose print: the error is the reason of a failure; warnings and help are not.

export interface SortedOutput {
  errors: string[]
  warnings: string[]
}

/** Lines about the progress of one object, as ` Container web-1  Started`. */
const progressLine = /^ (?:Container|Network|Volume|Image|Secret|Config|Service|Model) /

/** A line of compose's own log: logfmt in a pipe, `WARN[0000] ...` on a terminal. */
const logLine =
  /^(?:time="[^"]*" level=(?<level>\w+) msg=(?<message>"(?:[^"\\]|\\.)*"|\S*)|(?<sign>[A-Z]{4})\[\d+\] (?<text>.*))/

/** Warnings of docker, buildx and credential helpers; lines that are indented below one belong to it. */
const warningLine = /^(?:warn(?:ing)?[:! ]|deprecat(?:ed|ion)\b|note:|notice:|\d+ warnings? found\b)/i

/** The first line of docker's help: everything after it is help as well. */
const helpLine = /^Usage: {1,2}docker/

/** Introduces BuildKit's error at the end of a build. */
const solveError = /^(?:target \S+: )?failed to solve: (?:rpc error: code = \w+ desc = )?/

/** Hints at docker's help, and lines that repeat or announce the reason and name a container by its id only. */
const emptyWords = /^(?:See 'docker\b.*--help'|Run 'docker\b.*--help' for|Error: failed to start containers: )/

/** A reason is a sentence, not a listing. */
const maxReasonLines = 5

/** Warnings beyond these are only counted: they would hide the error above them. */
const maxWarningLines = 5

export function sortOutput(lines: string[]): SortedOutput {
  const sorted: SortedOutput = { errors: [], warnings: [] }
  let isBelowWarning = false
  for (const line of lines) {
    if (helpLine.test(line)) break
    if (!line.trim() || progressLine.test(line) || emptyWords.test(line)) continue
    const logged = logLine.exec(line)?.groups
    const isWarning: boolean = logged
      ? !isError(logged)
      : warningLine.test(line) || (isBelowWarning && /^\s/.test(line))
    const words = isWarning ? sorted.warnings : sorted.errors
    words.push(logged ? messageOf(logged) : line.trimEnd())
    isBelowWarning = isWarning && !logged
  }
  return sorted
}

/** Returns the error alone, its lines separated by line feeds; null if compose printed none. */
export function findReason(lines: string[]): string | null {
  const { errors } = sortOutput(lines)
  const engineError = errors.findIndex((line) => line.startsWith(engineIntroduction))
  const crash = errors.find((line) => line.startsWith('panic: '))
  const own = crash === undefined ? errors.slice(Math.max(0, engineError)) : [crash]
  const shown = engineError >= 0 ? own.slice(0, maxReasonLines) : own.slice(-maxReasonLines)
  return shown.length > 0 ? shown.map((line) => line.trim()).join('\n') : null
}

/** Returns the reason of a build that failed: BuildKit's last word, else that of compose; null if there is none. */
export function findBuildReason(lines: string[]): string | null {
  const solved = lines.findLast((line) => solveError.test(line))
  return solved ? solved.trim().replace(solveError, '') : findReason(lines.filter((line) => !line.startsWith('#')))
}

/** Returns what a log shows of a failure: the whole error first, then the warnings. */
export function listErrorsFirst(lines: string[]): string[] {
  const { errors, warnings } = sortOutput(lines)
  return [...errors, ...warningTexts(warnings)]
}

/** Marks warnings as such, each once. */
export function warningTexts(warnings: string[]): string[] {
  const unique = [...new Set(warnings)]
  const more = unique.length - maxWarningLines
  return [
    ...unique.slice(0, maxWarningLines).map((text) => `warning: ${text.replace(/^warn(?:ing)?[:!] */i, '')}`),
    ...(more > 0 ? [`${more} more warning${more === 1 ? '' : 's'}`] : []),
  ]
}

const engineIntroduction = 'Error response from daemon: '

/** Removes compose's introduction from the words of the engine. */
export function engineWords(reason: string): string {
  return reason.replace(engineIntroduction, '')
}

function isError({ level, sign }: Record<string, string | undefined>): boolean {
  return /^(?:error|fatal|panic)$/.test(level ?? '') || /^(?:ERRO|FATA|PANI)$/.test(sign ?? '')
}

function messageOf({ message, text = '' }: Record<string, string | undefined>): string {
  return message === undefined ? text : message.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1')
}
