// Lists the users of a test VM, and generates their ssh keys once per checkout.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { assertSuccess, runCommand } from './command.ts'
import { withHostLock } from './lock.ts'
import { cacheDirectory } from './paths.ts'

export const people = ['ada', 'ben', 'cleo', 'eve'] as const
export type Person = (typeof people)[number]

const keysDirectory = join(cacheDirectory, 'keys')

export const privateKeyPath = (person: Person): string => join(keysDirectory, person)

/** @returns a key on each line; it ends with its owner's name. */
export async function readPublicKeys(): Promise<string> {
  if (!existsSync(keysDirectory)) await withHostLock('bpt-deployer-test-keys', generateKeys)
  const keys = await Promise.all(people.map((person) => readFile(`${privateKeyPath(person)}.pub`, 'utf8')))
  return keys.join('')
}

async function generateKeys() {
  if (existsSync(keysDirectory)) return
  await mkdir(cacheDirectory, { recursive: true })
  const unfinished = await mkdtemp(join(cacheDirectory, 'keys-'))
  for (const person of people) {
    const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', join(unfinished, person)]
    assertSuccess(await runCommand(argv), 'ssh-keygen')
  }
  await rename(unfinished, keysDirectory)
}
