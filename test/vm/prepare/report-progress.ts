// A line of progress for whoever waits; standard output is left to the tests.
export const reportProgress = (line: string): void => void process.stderr.write(`test machine: ${line}\n`)
