// What test machines boot from: one image, and one volume with the engine directory every machine
// starts with. Made once for the same inputs, found again by their hash.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { docker, has, tried } from '../docker.ts'
import { alone } from '../lock.ts'
import { checkout, recipes } from '../paths.ts'
import { base } from './base-image.ts'
import { built, label } from './build-image.ts'
import { fillDisk } from './fill-disk.ts'
import { say } from './report-progress.ts'
import { stack } from './stack-images.ts'

export interface Prepared {
  image: string
  disk: string
}

export async function prepared(): Promise<Prepared> {
  const version = await fingerprint()
  const made = { image: `bpt-test-vm:${version}`, disk: `bpt-test-disk-${version}` }
  if (await isThere(made)) return made
  await alone('bpt-deployer-test-prepare', async () => {
    if (await isThere(made)) return
    await make(made)
    await forgetOthers(made)
  })
  return made
}

// The image gets its name last, so that its name stands for a finished disk, too.
async function make({ image, disk }: Prepared) {
  const started = Date.now()
  const unfinished = `${image}-unfinished`
  const debian = await base()
  say('installing systemd, Docker, git and sshd (once)')
  const [images] = await Promise.all([stack(debian), built(unfinished, debian, join(recipes, 'vm'))])
  say('filling its disk with the images of the reference stack')
  await tried(['volume', 'rm', '-f', disk])
  await docker(['volume', 'create', '--label', label, disk])
  await fillDisk(unfinished, disk, images)
  await docker(['tag', unfinished, image])
  await tried(['rmi', unfinished])
  say(`prepared in ${Math.round((Date.now() - started) / 1000)} s`)
}

const isThere = async ({ image, disk }: Prepared): Promise<boolean> =>
  (await Promise.all([has('image', image), has('volume', disk)])).every(Boolean)

// What is still in use stays: Docker refuses to remove it.
async function forgetOthers({ image, disk }: Prepared) {
  const machines = ['image', 'ls', '--filter', `label=${label}`, '--format', '{{.Repository}}:{{.Tag}}', 'bpt-test-vm']
  const images = await docker(machines)
  const disks = await docker(['volume', 'ls', '--filter', `label=${label}`, '--format', '{{.Name}}'])
  for (const old of images.split('\n')) if (old && old !== image) await tried(['rmi', old])
  for (const old of disks.split('\n')) if (old && old !== disk) await tried(['volume', 'rm', old])
  await tried(['image', 'prune', '-f', '--filter', `label=${label}`])
}

async function fingerprint(): Promise<string> {
  const entries = await readdir(recipes, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const module of ['fill-disk.ts', 'stack-images.ts']) paths.push(join(import.meta.dirname, module))
  for (const path of ['Dockerfile', 'server/package-lock.json']) paths.push(join(checkout, path))
  const hash = createHash('sha256').update(process.version).update(process.arch)
  for (const path of paths.sort()) hash.update(await readFile(path))
  return hash.digest('hex').slice(0, 12)
}
