// The people of a test machine and their ssh keys, generated once per checkout.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { command, succeeded } from './command.ts'
import { alone } from './lock.ts'
import { cache } from './paths.ts'

export const people = ['ada', 'ben', 'cleo', 'eve'] as const
export type Person = (typeof people)[number]

const directory = join(cache, 'keys')

export const keyOf = (person: Person): string => join(directory, person)

// One a line; a key ends with the name of whose it is.
export async function publicKeys(): Promise<string> {
  if (!existsSync(directory)) await alone('bpt-deployer-test-keys', generate)
  const keys = await Promise.all(people.map((person) => readFile(`${keyOf(person)}.pub`, 'utf8')))
  return keys.join('')
}

async function generate() {
  if (existsSync(directory)) return
  await mkdir(cache, { recursive: true })
  const unfinished = await mkdtemp(join(cache, 'keys-'))
  for (const person of people) {
    const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', join(unfinished, person)]
    succeeded(await command(argv), 'ssh-keygen')
  }
  await rename(unfinished, directory)
}
