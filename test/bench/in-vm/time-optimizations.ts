// Times the code that exists for speed alone, in turns with the plain way; docs/adr holds the decisions.
// node time-optimizations.ts ROUNDS, on a server with the product and a deployed repository. Prints milliseconds.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Script } from 'node:vm'

const lib = '/usr/lib/bpt-deployer'
const cwd = '/bpt/production/code'
const rounds = Number(process.argv[2] ?? 20)
const benchRef = 'refs/bpt-deployer-bench/commit'
const scratch = mkdtempSync(join(tmpdir(), 'bpt-bench-'))

type Variants = Record<string, () => Promise<unknown>>

/** Returns the milliseconds of each variant, round by round. The first two rounds warm up and do not count. */
async function measureInTurns(variants: Variants): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = -2; round < rounds; round++)
    for (const [name, act] of Object.entries(variants)) {
      const began = performance.now()
      await act()
      if (round >= 0) times[name]?.push(performance.now() - began)
    }
  return times
}

async function runCommand(file: string, args: string[], input = ''): Promise<string> {
  const child = spawn(file, args, { cwd, detached: true })
  child.stdin.on('error', () => {}).end(input)
  const [stdout] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${child.exitCode}`)
  return stdout
}

/** Returns the milliseconds for which a command's start blocks the event loop of a program of the agent's size. */
async function measureSpawn(): Promise<Record<string, number[]>> {
  const libc = (await import(`${lib}/node_modules/koffi/index.js`)).default.load(null)
  const signature =
    'int posix_spawn(_Out_ int *pid, const char *path, void *, void *, const char **argv, const char **envp)'
  const posixSpawn = libc.func(signature)
  const waitpid = libc.func('int waitpid(int pid, void *status, int options)')
  // A fork copies the page tables of the private memory, of which the agent has 27 MiB.
  const memory = Array.from({ length: 27 }, () => Buffer.alloc(1024 * 1024, 1))
  const times = { "Node's spawn": [] as number[], 'posix_spawn by FFI, without pipes': [] as number[] }
  for (let round = -2; round < rounds; round++) {
    for (const part of memory) part.fill(round)
    const began = performance.now()
    const child = spawn('/usr/bin/true', { detached: true })
    const forkMs = performance.now() - began
    await once(child, 'close')
    for (const part of memory) part.fill(round)
    const spawnBegan = performance.now()
    const pid = [0]
    posixSpawn(pid, '/usr/bin/true', null, null, ['true', null], [null])
    const posixSpawnMs = performance.now() - spawnBegan
    waitpid(pid[0], null, 0)
    if (round < 0) continue
    times["Node's spawn"].push(forkMs)
    times['posix_spawn by FFI, without pipes'].push(posixSpawnMs)
  }
  return times
}

/** Times the git work of accepting a push: it asks git for the commit and its subject, then writes a ref. */
function gitVariants(): Variants {
  const safe = ['-c', `safe.directory=${cwd}`]
  const revision = execFileSync('git', [...safe, 'rev-parse', 'HEAD'], { cwd, encoding: 'utf8' }).trim()
  const askStandingGit = async (isAwake: boolean) => {
    if (!isAwake) {
      for (const child of [objects, refs]) child.stdin.end()
      objects = spawn('git', [...safe, 'cat-file', '--batch-command'], { cwd })
      refs = spawn('git', [...safe, 'update-ref', '--stdin'], { cwd })
    }
    objects.stdin.write(`contents ${revision}^{commit}\n`)
    await once(objects.stdout, 'data')
    refs.stdin.write(`start\nupdate ${benchRef} ${revision}\ncommit\n`)
    let output = ''
    while (!output.includes('commit: ok')) output += String((await once(refs.stdout, 'data'))[0])
  }
  let objects = spawn('git', [...safe, 'cat-file', '--batch-command'], { cwd })
  let refs = spawn('git', [...safe, 'update-ref', '--stdin'], { cwd })
  return {
    // Standing processes end after three seconds without a question, so that most pushes find none.
    'standing git, asleep': () => askStandingGit(false),
    'standing git, awake': () => askStandingGit(true),
    'a git for each question': async () => {
      await runCommand('git', [...safe, 'rev-parse', '--verify', '--quiet', '--end-of-options', 'HEAD^{commit}'])
      await runCommand('git', [...safe, 'rev-list', '--max-count=1', '--no-commit-header', '--format=%s', revision])
      await runCommand('git', [...safe, 'update-ref', benchRef, revision])
    },
  }
}

/** Times reading the compose file: it runs compose twice; with the cache, a comparison of the files' hash is enough. */
function composeVariants(): Variants {
  const plugin = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec']
    .map((folder) => `${folder}/docker/cli-plugins/docker-compose`)
    .find(exists)
  if (plugin === undefined) throw new Error('the compose plugin was not found')
  const resolve = async (file: string, ...first: string[]) => {
    const json = await runCommand(file, [...first, 'config', '--format', 'json'])
    await runCommand(file, [...first, '--project-directory', '.', '-f', '-', 'config', '--hash', '*'], json)
  }
  const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml', '.env']
  return {
    'compose file unchanged, cached': async () =>
      createHash('sha256').update(JSON.stringify(names.filter((name) => exists(join(cwd, name))).map(read))),
    'compose plugin called directly': () => resolve(plugin),
    'compose called through docker': () => resolve('docker', 'compose'),
  }
}

/** Times the programs that people wait for, with V8's code cache, and with the same source compiled at each start. */
function clientVariants(name: 'bptctl' | 'receive', args: string[], input: string): Variants {
  const packed = readFileSync(join(lib, `${name}.packed`))
  const source = packed.toString('latin1', 4, 4 + packed.readUInt32LE())
  const [plain, compiled] = [join(scratch, `${name}.cjs`), join(scratch, `${name}-compiled.cjs`)]
  writeFileSync(plain, Buffer.from(`${source.trim().replace(/;$/, '')}(require)`, 'latin1'))
  // V8 compiles less without running the program, but the product's build needs no rehearsal then.
  const cache = new Script(source, { filename: compiled.replace('.cjs', '.packed') }).createCachedData()
  writeFileSync(compiled.replace('.cjs', '.packed'), Buffer.concat([packed.subarray(0, 4 + source.length), cache]))
  writeFileSync(compiled, readFileSync(join(lib, `${name}.cjs`)))
  const start = (file: string) => () => runCommand(join(lib, 'bin/node'), [file, ...args], input)
  return {
    packed: start(join(lib, `${name}.cjs`)),
    'packed without a rehearsal': start(compiled),
    plain: start(plain),
    'an empty program': () => runCommand(join(lib, 'bin/node'), ['/dev/null']),
  }
}

function read(name: string): string {
  return readFileSync(join(cwd, name), 'utf8')
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

const zero = '0'.repeat(40)
const times = {
  'start a command': await measureSpawn(),
  'accept a push, git alone': await measureInTurns(gitVariants()),
  'read the compose file': await measureInTurns(composeVariants()),
  'bptctl status, whole': await measureInTurns(clientVariants('bptctl', ['status'], '')),
  'hook without a deploy, whole': await measureInTurns(
    clientVariants('receive', [], `${zero} ${'1'.repeat(40)} refs/heads/no-branch-that-deploys\n`),
  ),
}
console.log(JSON.stringify(times))
execFileSync('git', ['-c', `safe.directory=${cwd}`, 'update-ref', '-d', benchRef], { cwd })
rmSync(scratch, { recursive: true })
// The standing git processes would keep this program running.
process.exit()
