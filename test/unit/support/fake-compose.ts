// Puts a `docker` into a folder that sends requests to the engine as compose would, then ends with an exit code.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScratchFolder } from './scratch.ts'

export interface FakeComposeRun {
  /** Method and URL, and the body. */
  requests?: [string, (object | string)?][]
  /** Lines of standard error. */
  output?: string[]
  exit?: number
  /** True if it runs until a signal ends it. */
  hangs?: boolean
}

export interface FakeCompose {
  env: NodeJS.ProcessEnv
  /** The arguments of each call. */
  calls(): string[]
  /** Sets the text that each later call writes to its standard output. */
  print(text: string): void
}

export function createFakeCompose({
  requests = [],
  output = [],
  exit = 0,
  hangs = false,
}: FakeComposeRun): FakeCompose {
  const folder = createScratchFolder()
  const callsFile = join(folder, 'calls')
  const printFile = join(folder, 'print')
  writeFileSync(printFile, '')
  const engineModule = join(import.meta.dirname, 'fake-engine.ts')
  const program = `#!${process.execPath}
    const { appendFileSync, readFileSync } = require('node:fs')
    appendFileSync(${JSON.stringify(callsFile)}, process.argv.slice(2).join(' ') + '\\n')
    import(${JSON.stringify(engineModule)}).then(async ({ askEngine }) => {
      const socket = process.argv[3]?.replace('unix://', '')
      for (const [line, body] of ${JSON.stringify(requests)}) await askEngine(socket, line, body)
      process.stdout.write(readFileSync(${JSON.stringify(printFile)}))
      for (const line of ${JSON.stringify(output)}) console.error(line)
      if (${hangs}) setInterval(() => {}, 1000)
      else process.exit(${exit})
    })`
  writeFileSync(join(folder, 'docker'), program)
  chmodSync(join(folder, 'docker'), 0o755)
  return {
    env: { PATH: folder, HOME: folder },
    print: (text) => writeFileSync(printFile, text),
    calls: () => (existsSync(callsFile) ? readFileSync(callsFile, 'utf8').trim().split('\n') : []),
  }
}
