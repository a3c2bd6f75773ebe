// Describes the stacks of a run: the reference stack with services beside it, which change from commit to commit.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkoutDirectory } from '../../vm/paths.ts'

export const referenceCompose = readFileSync(join(checkoutDirectory, 'docker-compose.yml'), 'utf8')

export interface FaultStack {
  name: string
  /** Files of a commit, beside those of the server. */
  files(count: number): { 'docker-compose.yml': string; '.env': string }
  /** Names of the containers of a commit, beside those of the server and its database. */
  containers(count: number): string[]
}

export interface StackParts {
  /** Lines of services beside the server and its database. */
  services?: string
  /** Further lines of the server. */
  server?: string
  /** Further entries of the server's `depends_on`. */
  dependsOn?: string
  /** Lines at the end of the compose file. */
  end?: string
}

/** Gives the compose file of the reference stack with further parts. */
export function extendReference({ services = '', server = '', dependsOn = '', end = '' }: StackParts): string {
  return referenceCompose
    .replace('    restart: unless-stopped\n', (line) => `${line}${server}`)
    .replace('    depends_on:\n', (line) => `${line}${dependsOn}`)
    .replace('\n  db:\n', (line) => `\n${services}${line}`)
    .replace(/$/, () => `\n${end}`)
}

/** Lines of a service that sleeps until it is stopped. */
export const idleLines = (name: string, settings = ''): string => `  ${name}:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    networks: [prod-net]
${settings}`
