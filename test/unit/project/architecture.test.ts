// Lists the folders of agent/ and client/ with the folders that each may import from, as docs/architecture.md draws
// them.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { describe, it } from 'node:test'
import { importsOf } from './imports.ts'

/** Each folder with the folders that it may import from. Inside of a folder every import is allowed that makes no cycle. */
const folders: Record<string, string[]> = {
  'agent/protocol': [],
  'agent/config': ['agent/config-problem', 'agent/config-swap', 'agent/config-values', 'agent/protocol'],
  'agent/config-problem': ['agent/config-lines'],
  'agent/config-swap': ['agent/config-problem', 'agent/config-values'],
  'agent/config-values': ['agent/config-problem'],
  'agent/config-lines': [],
  'agent/interfaces': ['agent/protocol'],
  'agent/swap': ['agent/interfaces', 'agent/protocol'],
  'agent/releases': ['agent/interfaces', 'agent/protocol'],
  'agent/recovery': ['agent/swap', 'agent/interfaces', 'agent/protocol'],
  'agent/deploys': ['agent/swap', 'agent/releases', 'agent/interfaces', 'agent/protocol'],
  'agent/queue': ['agent/deploys', 'agent/recovery', 'agent/releases', 'agent/interfaces', 'agent/protocol'],
  'agent/rpc': ['agent/queue', 'agent/releases', 'agent/interfaces', 'agent/protocol'],
  'agent/adapters/host': ['agent/interfaces', 'agent/protocol'],
  'agent/adapters/sqlite': ['agent/interfaces', 'agent/protocol'],
  'agent/adapters/git': ['agent/adapters/host', 'agent/interfaces', 'agent/protocol'],
  'agent/adapters/logs': ['agent/interfaces', 'agent/protocol'],
  'agent/adapters/network': ['agent/adapters/host', 'agent/interfaces', 'agent/protocol'],
  'agent/adapters/health': [],
  'agent/adapters/compose': ['agent/adapters/host', 'agent/interfaces', 'agent/protocol'],
  'agent/adapters/docker': [
    'agent/adapters/compose',
    'agent/adapters/health',
    'agent/adapters/host',
    'agent/adapters/network',
    'agent/interfaces',
    'agent/protocol',
  ],
  'agent/adapters/build': [
    'agent/adapters/compose',
    'agent/adapters/docker',
    'agent/adapters/host',
    'agent/interfaces',
    'agent/protocol',
  ],
  'agent/adapters/engine': [
    'agent/adapters/build',
    'agent/adapters/compose',
    'agent/adapters/docker',
    'agent/interfaces',
    'agent/protocol',
  ],
  'client/rpc': ['agent/protocol'],
  'client/text': [],
  'client/pages': ['client/text', 'agent/protocol'],
  'client/follow': ['client/rpc', 'client/text', 'agent/protocol'],
  'client/init': ['agent/config'],
  'client/commands': [
    'client/follow',
    'client/init',
    'client/pages',
    'client/rpc',
    'client/text',
    'agent/config',
    'agent/protocol',
  ],
  'client/hook': ['client/exit', 'client/follow', 'client/rpc', 'client/text', 'agent/config', 'agent/protocol'],
  'client/exit': [],
  'client/launcher': [],
}

/** The two programs and the composition root of the agent; no other file imports them. */
const roots = ['agent/main.ts', 'agent/agent.ts', 'client/main.ts']

/** Files that may import a package: one file in the agent, one in the client. */
const owners: Record<string, string[]> = {
  'json-rpc-2.0': ['agent/rpc/json-rpc.ts', 'client/rpc/connection.ts'],
  'simple-git': ['agent/adapters/git/git-repository.ts'],
  winston: ['agent/adapters/host/journal.ts'],
  'smol-toml': ['agent/config.ts'],
  'dockerfile-ast': ['agent/adapters/build/inputs/dockerfile-instructions.ts'],
  '@balena/dockerignore': ['agent/adapters/build/inputs/dockerignore.ts'],
  'modern-tar': ['agent/adapters/build/direct/context-tar.ts', 'agent/adapters/docker/addresses/placeholder-image.ts'],
  pbf: ['agent/adapters/build/direct/buildkit-status.ts'],
  'get-east-asian-width': ['client/text/text-width.ts'],
}

const list = '`folders` in test/unit/project/architecture.test.ts'

const files = globSync('{agent,client}/**/*.ts')
const imports = new Map(files.map((file) => [file, importsOf(file)]))

describe('the architecture', () => {
  it('places every file in a listed folder', () => {
    for (const file of files)
      assert.ok(
        roots.includes(file) || folderOf(file),
        `${file} is in no listed folder: add its folder to ${list}, and to the picture of docs/architecture.md`,
      )
  })

  it('lets a folder import only from the folders that its entry allows', () => {
    for (const [file, targets] of imports)
      for (const target of targets.filter((target) => /^(agent|client)\//.test(target))) {
        assert.ok(roots.includes(file) || !roots.includes(target), `${file} must not import ${target}`)
        const [from, to] = [folderOf(file), folderOf(target)]
        if (from && from !== to)
          assert.ok(
            to && folders[from]?.includes(to),
            `${file} must not import ${target}. If ${from} is to depend on ${to}: add it to ${list}, and an arrow to the picture of docs/architecture.md`,
          )
      }
  })

  it('allows no import that no file uses', () => {
    for (const [folder, others] of Object.entries(folders))
      for (const other of others) {
        const used = [...imports].some(
          ([file, targets]) => folderOf(file) === folder && targets.some((target) => folderOf(target) === other),
        )
        assert.ok(used, `${folder} does not import ${other} any more: remove it from ${list}`)
      }
  })

  it('stays small enough for one picture', () => {
    const nameOf = (folder: string) => folder.replace(/^(agent\/adapters)\/.*/, '$1')
    const drawn = Object.keys(folders).filter((folder) => !existsSync(`${folder}.ts`))
    const arrows = drawn.flatMap((from) =>
      (folders[from] ?? [])
        .filter((to) => drawn.includes(to) && nameOf(to) !== nameOf(from))
        .map((to) => `${nameOf(from)} -> ${nameOf(to)}`),
    )
    assert.ok(new Set(drawn.map(nameOf)).size <= 16, 'at most 16 folders')
    assert.ok(new Set(arrows).size <= 40, 'at most 40 arrows between folders')
  })

  it('has no import cycle of files', () => {
    const done = new Set<string>()
    const visit = (file: string, path: string[]): void => {
      assert.ok(!path.includes(file), `an import cycle: ${[...path, file].join(' → ')}`)
      if (done.has(file)) return
      for (const target of imports.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
  })

  it('has no import cycle of folders', () => {
    const visit = (folder: string, path: string[]): void => {
      assert.ok(!path.includes(folder), `an import cycle: ${[...path, folder].join(' → ')}`)
      for (const other of folders[folder] ?? []) visit(other, [...path, folder])
    }
    for (const folder of Object.keys(folders)) visit(folder, [])
  })

  it('keeps each package behind one module', () => {
    for (const [name, allowed] of Object.entries(owners))
      for (const [file, targets] of imports)
        if (targets.includes(name))
          assert.ok(allowed.includes(file), `${file} must not import ${name}: use ${allowed.join(' or ')}`)
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
          `${file} imports ${target}, which package.json does not name as a dependency; a module of Node begins with node:`,
        )
  })

  it('keeps the unit test of agent/X.ts at test/unit/X.test.ts, that of client/X.ts at test/unit/client/X.test.ts', () => {
    for (const test of globSync('test/unit/**/*.test.ts').filter((path) => !path.startsWith('test/unit/project/'))) {
      const name = test.slice('test/unit/'.length, -'.test.ts'.length)
      const file = name.startsWith('client/') ? `${name}.ts` : `agent/${name}.ts`
      assert.ok(existsSync(file), `${test} tests ${file}, which does not exist: move the test to the path of its file`)
    }
  })
})

function folderOf(file: string): string | undefined {
  return Object.keys(folders).find((folder) => file === `${folder}.ts` || file.startsWith(`${folder}/`))
}
