// Times each way that the product goes for speed, and the plain way, in turn. docs/adr holds the decisions.
// node time-optimizations.ts ROUNDS, on a server with the product and a deployed repository; prints milliseconds.
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
const scratch = mkdtempSync(join(tmpdir(), 'bpt-bench-'))

type Ways = Record<string, () => Promise<unknown>>

/** Runs the ways in turn; gives the milliseconds of each, round by round. The first two rounds do not count. */
async function inTurn(ways: Ways): Promise<Record<string, number[]>> {
  const taken: Record<string, number[]> = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = -2; round < rounds; round++)
    for (const [name, act] of Object.entries(ways)) {
      const began = performance.now()
      await act()
      if (round >= 0) taken[name]?.push(performance.now() - began)
    }
  return taken
}

async function run(file: string, args: string[], input = ''): Promise<string> {
  const child = spawn(file, args, { cwd, detached: true })
  child.stdin.on('error', () => {}).end(input)
  const [stdout] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${child.exitCode}`)
  return stdout
}

/** A program of the agent's size starts a command; the milliseconds are those for which its event loop stands still. */
async function spawnTimes(): Promise<Record<string, number[]>> {
  const libc = (await import(`${lib}/node_modules/koffi/index.js`)).default.load(null)
  const signature =
    'int posix_spawn(_Out_ int *pid, const char *path, void *, void *, const char **argv, const char **envp)'
  const posixSpawn = libc.func(signature)
  const waitpid = libc.func('int waitpid(int pid, void *status, int options)')
  // A fork copies the page tables of the memory that is the agent's own.
  const held = Array.from({ length: 27 }, () => Buffer.alloc(1024 * 1024, 1))
  const taken = { "Node's spawn": [] as number[], 'posix_spawn by FFI, without pipes': [] as number[] }
  for (let round = -2; round < rounds; round++) {
    for (const part of held) part.fill(round)
    const began = performance.now()
    const child = spawn('/usr/bin/true', { detached: true })
    const forked = performance.now() - began
    await once(child, 'close')
    for (const part of held) part.fill(round)
    const again = performance.now()
    const pid = [0]
    posixSpawn(pid, '/usr/bin/true', null, null, ['true', null], [null])
    const spawned = performance.now() - again
    waitpid(pid[0], null, 0)
    if (round < 0) continue
    taken["Node's spawn"].push(forked)
    taken['posix_spawn by FFI, without pipes'].push(spawned)
  }
  return taken
}

/** Accepting a push asks git for the commit and its subject, then writes a ref. */
function gitWays(): Ways {
  const safe = ['-c', `safe.directory=${cwd}`]
  const revision = execFileSync('git', [...safe, 'rev-parse', 'HEAD'], { cwd, encoding: 'utf8' }).trim()
  const ref = 'refs/bpt-deployer-bench/one'
  const standing = async (awake: boolean) => {
    if (!awake) for (const child of [objects, refs]) child.stdin.end()
    if (!awake) {
      objects = spawn('git', [...safe, 'cat-file', '--batch-command'], { cwd })
      refs = spawn('git', [...safe, 'update-ref', '--stdin'], { cwd })
    }
    objects.stdin.write(`contents ${revision}^{commit}\n`)
    await once(objects.stdout, 'data')
    refs.stdin.write(`start\nupdate ${ref} ${revision}\ncommit\n`)
    let said = ''
    while (!said.includes('commit: ok')) said += String((await once(refs.stdout, 'data'))[0])
  }
  let objects = spawn('git', [...safe, 'cat-file', '--batch-command'], { cwd })
  let refs = spawn('git', [...safe, 'update-ref', '--stdin'], { cwd })
  return {
    // After three seconds without a question the standing processes had ended, as before most pushes.
    'standing git, asleep': () => standing(false),
    'standing git, awake': () => standing(true),
    'a git for each question': async () => {
      await run('git', [...safe, 'rev-parse', '--verify', '--quiet', '--end-of-options', 'HEAD^{commit}'])
      await run('git', [...safe, 'rev-list', '--max-count=1', '--no-commit-header', '--format=%s', revision])
      await run('git', [...safe, 'update-ref', ref, revision])
    },
  }
}

/** Reading the compose file asks compose twice; the cache compares the files' hash instead. */
function composeWays(): Ways {
  const plugin = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec']
    .map((folder) => `${folder}/docker/cli-plugins/docker-compose`)
    .find(exists)
  if (plugin === undefined) throw new Error('compose is no plugin here')
  const resolve = async (file: string, ...first: string[]) => {
    const json = await run(file, [...first, 'config', '--format', 'json'])
    await run(file, [...first, '--project-directory', '.', '-f', '-', 'config', '--hash', '*'], json)
  }
  const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml', '.env']
  return {
    'compose file unchanged, cached': async () =>
      createHash('sha256').update(JSON.stringify(names.filter((name) => exists(join(cwd, name))).map(read))),
    'compose plugin called itself': () => resolve(plugin),
    'compose called through docker': () => resolve('docker', 'compose'),
  }
}

/** Programs that people wait for: packed with V8's code cache, or the same source compiled at each start. */
function clientWays(name: 'bptctl' | 'receive', args: string[], input: string): Ways {
  const packed = readFileSync(join(lib, `${name}.packed`))
  const source = packed.toString('latin1', 4, 4 + packed.readUInt32LE())
  const [plain, compiled] = [join(scratch, `${name}.cjs`), join(scratch, `${name}-compiled.cjs`)]
  writeFileSync(plain, Buffer.from(`${source.trim().replace(/;$/, '')}(require)`, 'latin1'))
  // Only what V8 compiles without running the program: no rehearsal when the product is built.
  const cache = new Script(source, { filename: compiled.replace('.cjs', '.packed') }).createCachedData()
  writeFileSync(compiled.replace('.cjs', '.packed'), Buffer.concat([packed.subarray(0, 4 + source.length), cache]))
  writeFileSync(compiled, readFileSync(join(lib, `${name}.cjs`)))
  const start = (file: string) => () => run(join(lib, 'bin/node'), [file, ...args], input)
  return {
    packed: start(join(lib, `${name}.cjs`)),
    'packed without a rehearsal': start(compiled),
    plain: start(plain),
    'an empty program': () => run(join(lib, 'bin/node'), ['/dev/null']),
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
const taken = {
  'start a command': await spawnTimes(),
  'accept a push, git alone': await inTurn(gitWays()),
  'read the compose file': await inTurn(composeWays()),
  'bptctl status, whole': await inTurn(clientWays('bptctl', ['status'], '')),
  'hook without a deploy, whole': await inTurn(
    clientWays('receive', [], `${zero} ${'1'.repeat(40)} refs/heads/no-branch-that-deploys\n`),
  ),
}
console.log(JSON.stringify(taken))
rmSync(scratch, { recursive: true })
process.exit()
