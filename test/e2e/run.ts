// npm run e2e [-- TEST ...] [OPTION ...]: runs end-to-end tests, all of them if none is named.
// A TEST is a path or a short name such as `push`; an OPTION is one of node --test.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { prepareBootSource } from '../vm/boot/boot-source.ts'
import { checkoutDirectory } from '../vm/paths.ts'
import { selectTests, testName } from './select-tests.ts'

process.chdir(checkoutDirectory)
const tests = globSync('test/e2e/*.test.ts').toSorted()
const { files, options, unknown } = selectTests(process.argv.slice(2), tests)

if (unknown.length > 0) {
  console.error(`There is no end-to-end test ${unknown.join(', ')}. Known tests:`)
  for (const test of tests) console.error(`  ${testName(test)}`)
  process.exitCode = 2
} else {
  process.exitCode = runNode(['scripts/build.ts']) || (await runTests())
}

async function runTests(): Promise<number> {
  await prepareBootSource()
  // Two at a time: each test file boots a VM with a Docker engine of its own.
  return runNode(['--test', '--test-timeout=900000', '--test-concurrency=2', ...options, ...files])
}

/** @returns the exit code. */
function runNode(args: string[]): number {
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (error) throw error
  return status ?? 1
}
