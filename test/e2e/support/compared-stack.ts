// Pushes revisions to a site and to plain compose on a second VM, and asserts that both end alike.
import assert from 'node:assert/strict'
import type { Deploy } from '../../../agent/protocol/messages.ts'
import { assertSameAsCompose, PlainCompose } from './plain-compose.ts'
import { createSite, type Site } from './site.ts'
import { assertState, configureAgent, pushAndFindDeploy } from './swap-stack.ts'

type Files = Record<string, string | null>

/** A stack on two servers: on one the product deploys it, on the other a person types `docker compose up`. */
export class ComparedStack implements AsyncDisposable {
  readonly site: Site
  readonly plain: PlainCompose

  private constructor(site: Site, plain: PlainCompose) {
    this.site = site
    this.plain = plain
  }

  /** Boots the two VMs. Close the stack at the end. */
  static async create(vmName: string): Promise<ComparedStack> {
    const [site, plain] = await Promise.all([createSite(vmName), PlainCompose.create(`${vmName}-plain`)])
    await configureAgent(site.vm, '', 30)
    return new ComparedStack(site, plain)
  }

  /** Removes the containers and volumes of the stack before, and begins with these files. */
  async begin(files: Files): Promise<Deploy> {
    const clean = `docker rm -fv $(docker ps -aq) && docker volume prune -fa && docker network prune -f; docker network create prod-net || true`
    await Promise.all([this.site.vm, this.plain.vm].map((vm) => vm.run(clean)))
    return this.deploy(files, 'The first revision')
  }

  /** Commits and deploys a revision that must go live, on both servers, and compares them. */
  async deploy(files: Files, message = 'A revision'): Promise<Deploy & { output: string }> {
    const { site, plain } = this
    await site.ada.commit(files, message)
    const [deploy] = await Promise.all([pushAndFindDeploy(site), plain.up(site.ada)])
    await assertState(site, deploy, 'live')
    await assertSameAsCompose(site, plain)
    return deploy
  }

  /** Commits and pushes a revision that must fail; the server must be as it was before, with the same containers. */
  async deployFailing(files: Files, message = 'A revision that fails'): Promise<Deploy & { output: string }> {
    const { site } = this
    const before = await this.#listContainers()
    await site.ada.commit(files, message)
    const deploy = await pushAndFindDeploy(site)
    await assertState(site, deploy, 'failed')
    await this.assertUnchanged(before)
    await site.ada.git('reset', '-q', '--hard', 'HEAD~1')
    return deploy
  }

  /** Rolls back on one server, and lets compose bring the same revision up on the other. */
  async rollBack(): Promise<void> {
    const { site, plain } = this
    await site.vm.run('bptctl rollback', { as: 'ada', timeoutMs: 120_000 })
    const { live } = await site.status()
    await plain.up(site.ada, live?.revision ?? assert.fail('nothing is live'))
    await assertSameAsCompose(site, plain)
  }

  async assertUnchanged(containersBefore: string): Promise<void> {
    const { site, plain } = this
    assert.equal(await this.#listContainers(), containersBefore)
    await assertSameAsCompose(site, plain)
  }

  /** Runs a script on both servers, in the folder of the stack. */
  async runOnBoth(script: string): Promise<void> {
    await Promise.all([this.site.vm, this.plain.vm].map((vm) => vm.run(`cd /bpt/production/code && ${script}`)))
  }

  async #listContainers(): Promise<string> {
    return (
      await this.site.vm.run(
        "docker ps -a --no-trunc --format '{{.Names}} {{.ID}} {{.State}}' | grep -v ^bpt-keeps- | sort",
      )
    ).stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.site.close(), this.plain.vm.destroy()])
  }
}

/** Files of a program in a folder of its own: it answers on port 80 with its name, its version and its LEVEL. */
export const programFiles = (name: string, version: string): Record<string, string> => ({
  [`${name}/Dockerfile`]: 'FROM node:26-slim\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
  [`${name}/server.js`]: `const text = 'version: ${name} ' + '${version} ' + (process.env.LEVEL ?? '')
process.on('SIGTERM', () => process.exit(0))
${version === 'exits' ? 'process.exit(4)' : "require('node:http').createServer((_, answer) => answer.end(text)).listen(80)"}
`,
})

/** Lines of a service that sleeps until it is stopped. */
export const idleService = (name: string, settings = ''): string => `  ${name}:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
${settings}`

/** Lines of a service that is built from the folder of its name. */
export const programService = (name: string, settings = ''): string => `  ${name}:
    build: ${name}
${settings}`

export const composeFile = (...services: string[]): string => `services:\n${services.join('')}`
