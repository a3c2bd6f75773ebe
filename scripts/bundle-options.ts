// Holds the options of esbuild for the bundles in dist/, and for the mutants of the fault harness.
import { join } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'

/** Leaves out unused parts of packages: dockerode's ssh and gRPC transports, and commander's external commands. */
const unused: Plugin = {
  name: 'unused',
  setup(build) {
    build.onResolve({ filter: /^\.\/(ssh|session|buildkit)$/ }, ({ path, importer }) =>
      /\/(dockerode|docker-modem)\/lib\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    build.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /\/commander\/lib\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error('${path} is not bundled') }`,
    }))
  },
}

/** Options of every bundle. */
export const bundleOptions: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  external: ['koffi', 'sd-notify'],
  plugins: [unused],
  absWorkingDir: join(import.meta.dirname, '..'),
  logLevel: 'warning',
}

export const agentBundle: BuildOptions = {
  ...bundleOptions,
  entryPoints: ['agent/main.ts'],
  // V8 keeps the source in memory, so white space goes. Names and short lines stay, for stacks in the journal.
  minifyWhitespace: true,
  lineLimit: 120,
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
  },
}
