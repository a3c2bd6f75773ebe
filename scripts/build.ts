// Fills dist/ with the files that install.sh installs: three programs, their Node, native modules, units.
import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import about from '../package.json' with { type: 'json' }
import { agentBundle, bundleOptions } from './bundle-options.ts'

const repositoryFolder = join(import.meta.dirname, '..')
const dist = join(repositoryFolder, 'dist')
/** Becomes dist/ when it is complete, so that nobody installs half a build. */
const staging = join(repositoryFolder, 'dist.new')
const lib = join(staging, 'lib')
const modules = join(repositoryFolder, 'node_modules')
const machine = `${process.platform}-${process.arch}`

/** The programs that people wait for. The code of the call `rehearsal` is compiled during the build. */
const clients = {
  bptctl: { entry: 'client/main.ts', rehearsal: (config: string) => ['--config', config, 'status'], input: '' },
  receive: {
    entry: 'client/hook/receive.ts',
    rehearsal: (config: string) => [config],
    input: `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\n`,
  },
}

/** Packages that load a native file from their own folder and cannot be bundled; only the files that they need. */
const nativeFiles = [
  'koffi/package.json',
  'koffi/index.js',
  'koffi/src/koffi/index.js',
  'koffi/src/koffi/src/static.js',
  `@koromix/koffi-${machine}`,
  'sd-notify/package.json',
  'sd-notify/index.js',
  'sd-notify/build/Release/notify.node',
  'bindings/package.json',
  'bindings/bindings.js',
  'file-uri-to-path/package.json',
  'file-uri-to-path/index.js',
]

await Promise.all([dist, staging].map((folder) => rm(folder, { recursive: true, force: true })))
await mkdir(join(lib, 'bin'), { recursive: true })
await Promise.all([
  build({ ...agentBundle, outfile: join(lib, 'agent.js') }),
  copyNode().then(() => Promise.all([packClient('bptctl'), packClient('receive')])),
  ...nativeFiles.map(copyNativeFile),
  writeFile(
    join(lib, 'package.json'),
    `${JSON.stringify({ name: about.name, version: about.version, type: 'module' })}\n`,
  ),
  copyExecutable('hooks/post-receive', join(lib, 'hooks/post-receive')),
  copyExecutable('systemd/require-mounts.sh', join(lib, 'require-mounts.sh')),
  ...['install.sh', 'uninstall.sh'].map((name) => copyExecutable(`systemd/${name}`, join(staging, name))),
  ...['service', 'socket', 'sysusers', 'tmpfiles', 'catalog', 'toml'].map((kind) =>
    copyFromRoot(`systemd/bpt-deployer.${kind}`, join(staging, `bpt-deployer.${kind}`)),
  ),
])
await rename(staging, dist)

/** Bundles a client and packs it with V8's code cache, which only the Node that is shipped can make. */
async function packClient(name: keyof typeof clients): Promise<void> {
  const { entry, rehearsal, input } = clients[name]
  const scratch = await mkdtemp(join(tmpdir(), 'bpt-pack-'))
  const [bundle, config, socket] = [join(scratch, 'bundle.js'), join(scratch, 'config.toml'), join(scratch, 'socket')]
  const program = join(lib, `${name}.cjs`)
  const commonJs = { ...bundleOptions, format: 'cjs', minify: true } as const
  const wrapped = { banner: { js: '(function (require) {' }, footer: { js: '})' } }
  try {
    await Promise.all([
      build({ ...commonJs, entryPoints: ['client/launcher.ts'], outfile: program }).then(() => chmod(program, 0o755)),
      build({ ...commonJs, ...wrapped, entryPoints: [entry], outfile: bundle }),
      writeFile(config, `socket = ${JSON.stringify(socket)}\n`),
    ])
    const args = ['scripts/pack-client.ts', bundle, join(lib, `${name}.packed`), socket, ...rehearsal(config)]
    const { status, stderr } = spawnSync(join(lib, 'bin/node'), args, { cwd: repositoryFolder, input })
    if (status !== 0) throw new Error(`${entry} could not be packed: ${stderr}`)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

async function copyNode(): Promise<void> {
  const node = join(modules, `node-${machine}/bin/node`)
  await assertExists(node, `npm has no Node for this machine (${machine}). Run: sh test/setup.sh`)
  // The file is large: file systems that can clone it copy no data.
  await copyFile(node, join(lib, 'bin/node'), constants.COPYFILE_FICLONE)
  await chmod(join(lib, 'bin/node'), 0o755)
}

async function copyNativeFile(path: string): Promise<void> {
  const from = join(modules, path)
  await assertExists(from, `There is no ${from}. Run: sh test/setup.sh`)
  await cp(from, join(lib, 'node_modules', path), { recursive: true })
}

async function assertExists(path: string, message: string): Promise<void> {
  await stat(path).catch((cause) => {
    throw new Error(message, { cause })
  })
}

async function copyExecutable(from: string, to: string): Promise<void> {
  await copyFromRoot(from, to)
  await chmod(to, 0o755)
}

async function copyFromRoot(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(join(repositoryFolder, from), to)
}
