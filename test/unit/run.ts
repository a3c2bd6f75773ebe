// npm run unit [-- TEST ...] [OPTION ...]: runs unit tests, all of them if none is named.
// A TEST is a path, a folder, or a short name such as `queue`; an OPTION is one of node --test.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { selectTests } from '../e2e/select-tests.ts'

process.chdir(join(import.meta.dirname, '../..'))
const tests = globSync('test/unit/**/*.test.ts').toSorted()
const { files, options, unknown } = selectTests(process.argv.slice(2), tests)

if (unknown.length > 0) {
  console.error(`There is no unit test ${unknown.join(', ')}. Name files or folders below test/unit/.`)
  process.exitCode = 2
} else {
  const args = ['--test', '--test-timeout=60000', ...options, ...files]
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
}
