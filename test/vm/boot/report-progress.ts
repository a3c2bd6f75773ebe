// Prints a line of progress to stderr; stdout belongs to the tests.
export const reportProgress = (line: string): void => void process.stderr.write(`test VM: ${line}\n`)
