import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'

/** Who may import whom: a file imports only from floors below its own, or beside itself where a floor is marked. */
const floors: string[][] = [
  [
    'agent/failure.ts',
    'agent/event-id.ts',
    'agent/log-line.ts',
    'agent/frames.ts',
    'agent/peer.ts',
    'agent/disk.ts',
    'agent/insist.ts',
    'agent/port.ts',
    'agent/turns.ts',
  ],
  ['agent/protocol.ts', 'agent/config.ts', 'agent/silence.ts', 'agent/room.ts'],
  ['agent/step.ts', 'agent/words.ts', 'agent/build-log.ts', 'agent/audience.ts', 'agent/queue.ts', 'agent/rpc.ts'],
  ['agent/gate.ts'],
  ['agent/engine.ts', 'agent/source.ts', 'agent/readers.ts'],
  ['agent/visits.ts'],
  ['agent/swap.ts'],
  ['agent/ledger.ts', 'agent/retention.ts', 'agent/restore.ts', 'agent/recovery.ts'],
  ['agent/rollback.ts', 'agent/stock.ts'],
  ['agent/catch-up.ts', 'agent/tidy.ts', 'agent/mending.ts'],
  ['agent/presence.ts'],
  ['agent/deploy.ts', 'agent/recorder.ts', 'agent/follow.ts'],
  ['agent/ending.ts'],
  ['agent/run.ts'],
  ['agent/accept.ts', 'agent/waiting.ts'],
  ['agent/deploys.ts'],
  ['agent/status.ts', 'agent/methods.ts'],
  ['agent/edge/*'],
  ['agent/main.ts'],
]

/** What a client may know of the agent: what crosses the socket, and where the socket is. */
const shared = ['protocol', 'log-line', 'frames', 'failure', 'config', 'event-id'].map((name) => `agent/${name}.ts`)

/** Each package is imported in one file on either side. */
const owners: Record<string, string[]> = {
  'json-rpc-2.0': ['agent/rpc.ts', 'client/connect.ts'],
  'simple-git': ['agent/edge/git-source.ts'],
  winston: ['agent/edge/journal.ts'],
  'smol-toml': ['agent/config.ts'],
  'dockerfile-ast': ['agent/edge/dockerfile.ts'],
  '@balena/dockerignore': ['agent/edge/ignore-file.ts'],
  'modern-tar': ['agent/edge/context-tar.ts'],
  pbf: ['agent/edge/build-status.ts'],
}

const files = globSync('{agent,client}/**/*.ts')
const imports = new Map(files.map((file) => [file, importsOf(file)]))

describe('the architecture', () => {
  it('gives every file of the agent a floor', () => {
    for (const file of files.filter((file) => file.startsWith('agent/')))
      assert.ok(floor(file) >= 0, `${file} has no floor`)
  })

  it('lets imports point down only', () => {
    for (const [file, targets] of imports)
      for (const target of targets.filter((target) => target.startsWith('agent/') && file.startsWith('agent/')))
        assert.ok(floor(target) < floor(file) || beside(file, target), `${file} must not import ${target}`)
  })

  it('lets the edges be imported by main alone', () => {
    for (const [file, targets] of imports)
      for (const target of targets.filter((target) => target.startsWith('agent/edge/')))
        assert.ok(file === 'agent/main.ts' || file.startsWith('agent/edge/'), `${file} must not import ${target}`)
  })

  it('lets clients know of the agent only what crosses the socket, and the agent nothing of clients', () => {
    for (const [file, targets] of imports)
      for (const target of targets) {
        if (file.startsWith('client/') && target.startsWith('agent/'))
          assert.ok(shared.includes(target), `${file} must not import ${target}`)
        if (file.startsWith('agent/')) assert.ok(!target.startsWith('client/'), `${file} must not import ${target}`)
      }
  })

  it('has no circle of imports', () => {
    const visit = (file: string, path: string[]): void => {
      assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`)
      for (const target of imports.get(file) ?? []) visit(target, [...path, file])
    }
    for (const file of files) visit(file, [])
  })

  it('keeps each package behind one module at the edge', () => {
    for (const [name, allowed] of Object.entries(owners))
      for (const [file, targets] of imports)
        if (targets.includes(name)) assert.ok(allowed.includes(file), `${file} must not import ${name}`)
  })

  it('imports only packages that package.json names', () => {
    const { dependencies, optionalDependencies }: { dependencies: object; optionalDependencies: object } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    )
    const named = { ...dependencies, ...optionalDependencies }
    for (const [file, targets] of imports)
      for (const target of targets.filter((target) => !/^(agent|client|package\.json|node:)/.test(target)))
        assert.ok(
          target in named && !builtinModules.includes(target),
          `${file} imports ${target}, which package.json does not name`,
        )
  })
})

function floor(file: string): number {
  return floors.findIndex((names) =>
    names.some((name) => (name.endsWith('*') ? file.startsWith(name.slice(0, -1)) : name === file)),
  )
}

/** Edges are made of several files each; every other file stands alone. */
function beside(file: string, target: string): boolean {
  return dirname(file) === 'agent/edge' && dirname(target) === 'agent/edge'
}

function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gms,
  )
  return [...found]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
}
