// Runs on the VM all the time and records each moment at which two builds or two compose commands run at once.
import { appendFileSync, readdirSync } from 'node:fs'
import type { Overlap } from '../checks/snapshot.ts'
import { readCommandLine, readParentPid } from './proc.ts'

const overlapsFile = '/var/lib/faults/overlaps'
const sampleIntervalMs = 100

/** Builds of the harness read 60 or 400 million bytes and their own number, see run/commit-history.ts. */
const buildSize = /^(?:60|400)\d{6}$/

setInterval(() => {
  const tools = new Map<string, { command: string; parent: string }>()
  const builds: string[] = []
  for (const pid of readdirSync('/proc')) {
    const argv = /^\d+$/.test(pid) ? readCommandLine(pid) : []
    const program = argv[0]?.split('/').at(-1) ?? ''
    if (program === 'head' && buildSize.test(argv[2] ?? '')) builds.push(argv.join(' '))
    // The snapshot at the end of a round asks compose for its changes, and a status may read the compose file.
    if (['--dry-run', 'config', 'version'].some((word) => argv.includes(word))) continue
    const isDocker = program === 'docker' || program === 'docker-compose' || program === 'docker-buildx'
    if (!isDocker || !(argv.includes('compose') || argv.includes('build') || argv.includes('bake'))) continue
    const parent = readParentPid(pid)
    if (parent) tools.set(pid, { command: argv.join(' '), parent })
  }
  // `docker` runs its plug-in as a child, which is the same command.
  const commands = [...tools].filter(([, { parent }]) => !tools.has(parent))
  if (builds.length > 1) record({ what: 'builds', commands: builds })
  if (commands.length > 1)
    record({
      what: 'compose',
      commands: commands.map(([pid, { command, parent }]) => `${pid} of ${parent}: ${command}`),
    })
}, sampleIntervalMs)

function record(overlap: Overlap): void {
  appendFileSync(overlapsFile, `${JSON.stringify({ at: Date.now(), ...overlap })}\n`)
}
