// Is an image what its revision's tag says? Its files are compared with those of the revision, byte by byte.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Sight } from '../checks/snapshot.ts'
import { layers } from './docker-api.ts'

/** Every version changes all of them, so that a mixture shows. */
const files = ['server/server.js', 'server/edition']

export async function compared(images: Sight['images'], known: string[], code: string): Promise<Sight['sources']> {
  const tagged = images.flatMap(({ id, tags }) =>
    tags.flatMap((tag) => {
      const revision = /^bpt-server:([0-9a-f]{40})$/.exec(tag)?.[1]
      return revision ? [{ id, revision, pair: `${revision} ${id}` }] : []
    }),
  )
  const fresh = tagged.filter(({ pair }) => !known.includes(pair))
  return Promise.all(
    fresh.map(async ({ id, revision, pair }) => ({ pair, differs: differs(await layers(id), revision, code) })),
  )
}

function differs(layers: string[], revision: string, code: string): string {
  return files
    .filter((file) => {
      const layer = layers.find((layer) => existsSync(`${layer}/${file}`))
      const there = layer ? readFileSync(`${layer}/${file}`) : null
      return !there?.equals(wanted(file, revision, code))
    })
    .join(', ')
}

function wanted(file: string, revision: string, code: string): Buffer {
  return execFileSync('git', ['-C', code, 'show', `${revision}:${file}`])
}
