// Tests stacks whose compose file has an override file or lies in a folder of its own.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { commitServers, configureAgent, pushAndFindDeploy, webCompose } from './support/swap-stack.ts'

const site = await createSite('compose-files')
const { vm, ada } = site
after(() => site.close())

/** Dockerfile lines that put the build argument LEVEL into the environment. */
const levelLines = 'ARG LEVEL=none\nENV LEVEL=$LEVEL\n'
const readLevel = async () => (await vm.run('docker exec web printenv LEVEL')).stdout.trim()
const unchanged = /nothing to swap: same image, same configuration/

describe('a compose file with an override file beside it', () => {
  it('is merged with the override file as compose merges them, for the build and the swap', async () => {
    const override = 'services:\n  web:\n    build:\n      args: {LEVEL: high}\n'
    await ada.commit({ 'docker-compose.override.yml': override }, 'An override file')
    await commitServers(site, 'one', { web: 'healthy' }, webCompose(), levelLines)
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    assert.equal(await readLevel(), 'high')
    await vm.run('cd /bpt/production/code && docker compose up --detach --no-build')
    await ada.commit({ 'README.md': 'Words.\n' }, 'Only words')
    assert.match((await pushAndFindDeploy(site)).output, unchanged)
  })
})

describe('a compose file in a folder of its own', () => {
  it('is deployed, with paths relative to its folder and the .env beside it', async () => {
    await vm.run('cd /bpt/production/code && docker compose down')
    await configureAgent(vm, '[stack]\nfile = "deploy/stack.yml"')
    const stack = webCompose().replace(
      'build: web',
      'build:\n      context: ../web\n      args:\n        LEVEL: $' + '{LEVEL}',
    )
    const files = { 'docker-compose.override.yml': null, 'deploy/stack.yml': stack, 'deploy/.env': 'LEVEL=deep\n' }
    await commitServers(site, 'two', { web: 'healthy' }, webCompose(), levelLines)
    await ada.commit(files, 'A folder for the stack')
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.equal(await readLevel(), 'deep')
    assert.equal(await site.fetchVersion(), 'two')
    const { containers, drift } = await site.status()
    assert.deepEqual([containers?.map(({ container, state }) => [container, state]), drift], [[['web', 'running']], []])
  })

  it('causes a swap after a change of a service, and none without a change', async () => {
    await commitServers(site, 'three', { web: 'healthy' }, webCompose(), levelLines)
    const deploy = await pushAndFindDeploy(site)
    assert.equal(deploy.state, 'live', await site.log())
    assert.deepEqual([deploy.visits?.refused, await site.fetchVersion()], [0, 'three'])
    await vm.run('cd /bpt/production/code && docker compose -f deploy/stack.yml up --detach --no-build')
    await ada.commit({ 'README.md': 'More words.\n' }, 'Only words')
    assert.match((await pushAndFindDeploy(site)).output, unchanged)
  })

  it('is named by its path when it is missing', async () => {
    await ada.commit({ 'deploy/stack.yml': null, 'deploy/.env': null }, 'No stack')
    const { output, state } = await pushAndFindDeploy(site)
    assert.equal(state, 'failed')
    assert.match(
      output,
      /there is no deploy\/stack\.yml in \/bpt\/production\/code; .* \(stack\.file\)\. Live is still /,
    )
  })
})
