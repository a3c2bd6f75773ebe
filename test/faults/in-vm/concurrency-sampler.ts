// Runs on the machine all the time and writes down each moment at which two effects ran at once.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'

const out = '/var/lib/faults/at-once'
const pace = 100

/** Builds of the harness read 60 or 400 million bytes and their own number: that names their processes. */
const building = /^(?:60|400)\d{6}$/

setInterval(() => {
  const tools = new Map<string, { argv: string; parent: string }>()
  const builds: string[] = []
  for (const pid of readdirSync('/proc')) {
    const argv = /^\d+$/.test(pid) ? command(pid) : []
    const program = argv[0]?.split('/').at(-1) ?? ''
    if (program === 'head' && building.test(argv[2] ?? '')) builds.push(argv.join(' '))
    const docker = program === 'docker' || program === 'docker-compose' || program === 'docker-buildx'
    if (!docker || !(argv.includes('compose') || argv.includes('build') || argv.includes('bake'))) continue
    const born = parent(pid)
    if (born) tools.set(pid, { argv: argv.join(' '), parent: born })
  }
  // A command runs its plug-in as a child, which counts with it.
  const own = [...tools].filter(([, { parent }]) => !tools.has(parent))
  if (builds.length > 1) note('builds', builds)
  if (own.length > 1)
    note(
      'compose',
      own.map(([pid, { argv, parent }]) => `${pid} of ${parent}: ${argv}`),
    )
}, pace)

function note(what: string, which: string[]): void {
  appendFileSync(out, `${JSON.stringify({ at: Date.now(), what, which })}\n`)
}

function command(pid: string): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0')
}

/** Empty when the process has ended meanwhile. */
function parent(pid: string): string {
  const [, after = ''] = read(`/proc/${pid}/stat`).split(/\) (?=[A-Z] )/)
  return after.split(' ')[1] ?? ''
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has ended meanwhile
  }
}
