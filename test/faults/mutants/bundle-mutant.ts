// Bundles the agent as scripts/build.ts does, with a mutant's deploy store in place of the real one.
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { agentBundle } from '../../../scripts/bundle-options.ts'
import type { MutantName } from './mutants.ts'

const repositoryFolder = join(import.meta.dirname, '../../..')
const realStore = join(repositoryFolder, 'agent/adapters/sqlite/sqlite-deploy-store.ts')
const allMutants = join(import.meta.dirname, 'mutants.ts')

/** @throws Error when the agent does not open its deploy store in exactly one file. */
export async function bundleMutant(name: MutantName): Promise<string> {
  const importers: string[] = []
  const plugins = [...(agentBundle.plugins ?? []), replaceStore(name, importers)]
  const { outputFiles = [] } = await build({ ...agentBundle, plugins, write: false })
  if (importers.length !== 1)
    throw new Error(`${importers.length} files import ${realStore}, not one: ${importers.join(', ')}`)
  return outputFiles[0]?.text ?? ''
}

function replaceStore(name: MutantName, importers: string[]): Plugin {
  return {
    name: 'mutant',
    setup(build) {
      build.onResolve({ filter: /sqlite-deploy-store\.ts$/ }, ({ importer, namespace }) => {
        if (namespace === 'mutant') return undefined
        importers.push(importer)
        return { path: name, namespace: 'mutant' }
      })
      build.onLoad({ filter: /.*/, namespace: 'mutant' }, () => ({
        resolveDir: repositoryFolder,
        contents: `
          import { openDeployStore as open } from ${JSON.stringify(realStore)}
          import { mutants } from ${JSON.stringify(allMutants)}
          export const openDeployStore = (path) => mutants[${JSON.stringify(name)}].mutate(open(path))`,
      }))
    },
  }
}
