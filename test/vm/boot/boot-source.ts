// Provides the image that test VMs boot from and the disk that each VM gets a copy of. Both are made once for the same
// inputs and carry the inputs' hash in their names.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { existsInDocker, runDocker, tryDocker } from '../docker.ts'
import { withHostLock } from '../lock.ts'
import { checkoutDirectory, imagesDirectory } from '../paths.ts'
import { provideBaseImage } from './base-image.ts'
import { buildImage, preparedLabel } from './build-image.ts'
import { fillDisk } from './fill-disk.ts'
import { reportProgress } from './report-progress.ts'
import { provideStackImages } from './stack-images.ts'

export interface BootSource {
  image: string
  disk: string
}

let prepared: Promise<BootSource> | null = null

/** Asks Docker once in a process: a test file boots several VMs. */
export function prepareBootSource(): Promise<BootSource> {
  prepared ??= prepareOnce()
  return prepared
}

async function prepareOnce(): Promise<BootSource> {
  const hash = await hashInputs()
  const source = { image: `bpt-test-vm:${hash}`, disk: `bpt-test-disk-${hash}` }
  if (await exists(source)) return source
  await withHostLock('bpt-deployer-test-prepare', async () => {
    if (await exists(source)) return
    await createBootSource(source)
    await removeOtherBootSources(source)
  })
  return source
}

// The image gets its name last: the name then shows that the disk is complete as well.
async function createBootSource({ image, disk }: BootSource) {
  const startedMs = Date.now()
  const unfinished = `${image}-unfinished`
  const debian = await provideBaseImage()
  reportProgress('installing systemd, Docker, git and sshd (once)')
  const [images] = await Promise.all([
    provideStackImages(debian),
    buildImage(unfinished, debian, join(imagesDirectory, 'vm')),
  ])
  reportProgress('filling its disk with the images of the reference stack')
  await tryDocker(['volume', 'rm', '-f', disk])
  await runDocker(['volume', 'create', '--label', preparedLabel, disk])
  await fillDisk(unfinished, disk, images)
  await runDocker(['tag', unfinished, image])
  await tryDocker(['rmi', unfinished])
  reportProgress(`prepared in ${Math.round((Date.now() - startedMs) / 1000)} s`)
}

const exists = async ({ image, disk }: BootSource): Promise<boolean> =>
  (await Promise.all([existsInDocker('image', image), existsInDocker('volume', disk)])).every(Boolean)

// Docker refuses to remove an image or a disk that a VM still uses.
async function removeOtherBootSources({ image, disk }: BootSource) {
  const filter = ['--filter', `label=${preparedLabel}`]
  const images = await runDocker(['image', 'ls', ...filter, '--format', '{{.Repository}}:{{.Tag}}', 'bpt-test-vm'])
  const disks = await runDocker(['volume', 'ls', ...filter, '--format', '{{.Name}}'])
  for (const old of images.split('\n')) if (old && old !== image) await tryDocker(['rmi', old])
  for (const old of disks.split('\n')) if (old && old !== disk) await tryDocker(['volume', 'rm', old])
  await tryDocker(['image', 'prune', '-f', ...filter])
}

async function hashInputs(): Promise<string> {
  const entries = await readdir(imagesDirectory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const module of ['fill-disk.ts', 'stack-images.ts']) paths.push(join(import.meta.dirname, module))
  for (const path of ['Dockerfile', 'server/package-lock.json']) paths.push(join(checkoutDirectory, path))
  const hash = createHash('sha256').update(process.version).update(process.arch)
  for (const path of paths.sort()) hash.update(await readFile(path))
  return hash.digest('hex').slice(0, 12)
}
