// Separates tests and options of node --test in the arguments of `npm run e2e` and `npm run unit`.
import { basename, normalize, resolve } from 'node:path'

export interface TestSelection {
  files: string[]
  /** Options for node --test, unchanged. */
  options: string[]
  /** Arguments that name no test. */
  unknown: string[]
}

/** Options whose value may be an argument of its own, as in `--test-name-pattern swap`. */
const optionsWithValue = [
  '--import',
  '--test-concurrency',
  '--test-name-pattern',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-shard',
  '--test-skip-pattern',
  '--test-timeout',
]

export const testName = (file: string): string => basename(file, '.test.ts')

/** @param tests paths of all tests, relative to the working directory; all are selected if no argument names one. */
export function selectTests(args: string[], tests: string[]): TestSelection {
  const selection: TestSelection = { files: [], options: [], unknown: [] }
  for (const [index, arg] of args.entries()) {
    const isOptionValue = optionsWithValue.includes(args[index - 1] ?? '')
    const files = tests.filter((test) => isNameOf(arg, test))
    if (isOptionValue || arg.startsWith('-')) selection.options.push(arg)
    else if (files.length > 0) selection.files.push(...files)
    else selection.unknown.push(arg)
  }
  const namesTests = selection.files.length + selection.unknown.length > 0
  return namesTests ? selection : { ...selection, files: tests }
}

function isNameOf(arg: string, test: string): boolean {
  const isInFolder = resolve(test).startsWith(`${resolve(arg)}/`)
  return isInFolder || [test, resolve(test), basename(test), testName(test)].includes(normalize(arg))
}
