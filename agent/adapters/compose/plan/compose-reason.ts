// Finds the reason of a failure in the lines that compose printed.

/** Lines about the progress of one object, as ` Container web-1  Started`. */
const progressLine = /^ (?:Container|Network|Volume|Image|Secret|Config) /

/** A line of compose's own log, mostly a warning such as of a variable that is not set. */
const logLine = /^time="[^"]*" level=(\w+) msg="(.*)"$/

/** These lines repeat or announce the reason, and name a container by its id only. */
const repeatedLine = /^Error: failed to start containers: /

/** Returns the last line that is no progress and no warning; null if there is none. */
export function findReason(lines: string[]): string | null {
  const texts = lines
    .filter((line) => line.trim() && !progressLine.test(line) && !repeatedLine.test(line))
    .flatMap((line) => {
      const [, level, message = ''] = logLine.exec(line) ?? []
      if (level === undefined) return [line.trim()]
      return level === 'error' || level === 'fatal' ? [message.replaceAll('\\"', '"')] : []
    })
  return texts.find((text) => text.startsWith('Error response from daemon: ')) ?? texts.at(-1) ?? null
}

/** Removes compose's introduction from the words of the engine. */
export function engineWords(reason: string): string {
  return reason.replace(/^Error response from daemon: /, '')
}
