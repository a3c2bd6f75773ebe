import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FileSystemSpace } from '../../../agent/interfaces/file-system-space.ts'
import { findShortage, forecastBytes } from '../../../agent/releases/disk-forecast.ts'
import { createDiskSpace } from '../../../agent/releases/disk-space.ts'

const GB = 1e9
const createSpace = (path: string, freeBytes: number, freeInodes: number | null = 1e6): FileSystemSpace => ({
  path,
  freeBytes,
  totalBytes: 100 * GB,
  freeInodes,
})

describe('disk space for a deploy', () => {
  it('is forecast as twice the median of the last deploys, so that one outlier does not count', () => {
    assert.equal(forecastBytes([]), 0)
    assert.equal(forecastBytes([1 * GB, 300 * GB, 2 * GB]), 4 * GB)
    assert.equal(forecastBytes([1 * GB, 300 * GB]), 2 * GB)
  })

  it('must be free where images are kept; elsewhere only the reserve must be', () => {
    assert.equal(findShortage([createSpace('/images', 5 * GB), createSpace('/logs', 1 * GB)], 4 * GB, 0.5 * GB), null)
    assert.match(
      findShortage([createSpace('/images', 4 * GB)], 4 * GB, 0.5 * GB) ?? '',
      /\/images has 4\.0 GB left, .* 4\.0 GB .* 500 MB/,
    )
    assert.match(
      findShortage([createSpace('/images', 9 * GB), createSpace('/logs', 0.4 * GB)], 4 * GB, 0.5 * GB) ?? '',
      /^\/logs has 400 MB left/,
    )
  })

  it('is too little when inodes are missing', () => {
    assert.match(findShortage([createSpace('/images', 9 * GB, 12)], 0, 0) ?? '', /12 inodes/)
    assert.equal(findShortage([createSpace('/btrfs', 9 * GB, null)], 0, 0), null)
  })

  it('is made by pruning before a deploy is refused', async () => {
    let free = 1 * GB
    const afterPruning = createDiskSpace({
      readFileSystems: async () => [createSpace('/images', free)],
      recentDiskUse: () => [],
      prune: async () => {
        free = 3 * GB
      },
      reservedBytes: 2 * GB,
    })
    assert.equal(await afterPruning.assertEnough(), '3.0 GB free')
    const full = createDiskSpace({
      readFileSystems: async () => [createSpace('/images', 1 * GB)],
      recentDiskUse: () => [],
      prune: async () => {},
      reservedBytes: 2 * GB,
    })
    await assert.rejects(full.assertEnough(), { code: 'disk_full' })
  })
})
