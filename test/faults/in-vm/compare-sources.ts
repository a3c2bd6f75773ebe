// Compares the files of each tagged image with those of the tag's revision, byte by byte.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Snapshot } from '../checks/snapshot.ts'
import { listLayers } from './docker-api.ts'

/** Every version changes all of these files, so that an image of mixed versions shows. */
const files = ['server/server.js', 'server/edition']

export async function compareSources(
  images: Snapshot['images'],
  comparedPairs: string[],
  repository: string,
): Promise<Snapshot['sources']> {
  const taggedImages = images.flatMap(({ id, tags }) =>
    tags.flatMap((tag) => {
      const revision = /^bpt-server:([0-9a-f]{40})$/.exec(tag)?.[1]
      return revision ? [{ id, revision, pair: `${revision} ${id}` }] : []
    }),
  )
  const newImages = taggedImages.filter(({ pair }) => !comparedPairs.includes(pair))
  return Promise.all(
    newImages.map(async ({ id, revision, pair }) => ({
      pair,
      differences: findDifferences(await listLayers(id), revision, repository),
    })),
  )
}

function findDifferences(layers: string[], revision: string, repository: string): string {
  return files
    .filter((file) => {
      const layer = layers.find((layer) => existsSync(`${layer}/${file}`))
      const content = layer ? readFileSync(`${layer}/${file}`) : null
      return !content?.equals(execFileSync('git', ['-C', repository, 'show', `${revision}:${file}`]))
    })
    .join(', ')
}
