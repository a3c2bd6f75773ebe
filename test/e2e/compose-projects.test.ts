// Tests that a project is known by its name: containers of other projects, and of profiles, stay as they are.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import {
  assertNoneRefused,
  commitServers,
  composeService,
  configureAgent,
  deployServers,
  listContainers,
  pushAndFindDeploy,
  webCompose,
} from './support/swap-stack.ts'

const site = await createSite('compose-projects')
const { vm } = site
after(() => site.close())

const folder = '/bpt/production/code'
const runCompose = (args: string) => vm.run(`cd ${folder} && docker compose ${args}`)
const readIds = async (filter: string) =>
  (await vm.run(`docker ps -a --no-trunc --filter ${filter} --format '{{.ID}} {{.State}}' | sort`)).stdout
/** A compose file whose containers get names of their project, so that it may run several times. */
const compose = (ports = '["80:80"]') => webCompose('', ports).replace('    container_name: web\n', '')

describe('another project that was started from the same folder', () => {
  it('stays as it is through pushes, and is no part of the status', async () => {
    await deployServers(site, 'one', { web: 'healthy' }, compose())
    const other = 'services: {web: {image: web, command: sleep infinity}, more: {image: web, command: sleep infinity}}'
    await vm.writeFile(`${folder}/.other.yml`, other)
    await runCompose('-p staging -f .other.yml up -d')
    const before = await readIds('label=com.docker.compose.project=staging')
    const probe = site.startProbe()
    await deployServers(site, 'two', { web: 'healthy' }, compose())
    await assertNoneRefused(probe)
    assert.equal(await readIds('label=com.docker.compose.project=staging'), before)
    const { containers, drift } = await site.status()
    assert.deepEqual([containers?.map(({ container }) => container), drift], [['code-web-1'], []])
  })

  it('keeps its port: a push that publishes the same is refused with the name of the container', async () => {
    const other = 'services: {web: {image: web, ports: ["127.0.0.1:8085:80"]}}'
    await vm.writeFile(`${folder}/.other.yml`, other)
    await runCompose('-p staging -f .other.yml up -d --remove-orphans')
    const before = await listContainers(vm)
    await commitServers(site, 'three', { web: 'healthy' }, compose('["80:80", "8085:80"]'))
    const { state, output } = await pushAndFindDeploy(site)
    assert.equal(state, 'failed')
    assert.match(
      output,
      /port 8085 is taken by the container staging-web-1 of the compose project staging\. Live is still/,
    )
    assert.equal(await listContainers(vm), before)
  })

  it('shares a port number on another address', async () => {
    await deployServers(site, 'four', { web: 'healthy' }, compose('["80:80", "127.0.0.2:8085:80"]'))
    await runCompose('-p staging -f .other.yml down')
  })

  it('may be a container without compose: its port is taken as well', async () => {
    await vm.run('docker run -d --name foreign -p 8086:80 web')
    await commitServers(site, 'five', { web: 'healthy' }, compose('["80:80", "8086:80"]'))
    assert.match(
      (await pushAndFindDeploy(site)).output,
      /port 8086 is taken by the container foreign\. .*docker stop foreign/,
    )
    await vm.run('docker rm -f foreign')
  })
})

describe('the status', () => {
  it('shows the containers after a restart of the agent, before it has read the compose file', async () => {
    await vm.run('systemctl restart bpt-deployer')
    const { containers } = await site.status()
    assert.deepEqual(
      containers?.map(({ container, state }) => [container, state]),
      [['code-web-1', 'running']],
    )
  })

  it('shows them as well if the agent has never read the compose file', async () => {
    const nameFile = '/var/lib/bpt-deployer/compose/project-name'
    await vm.run(`systemctl stop bpt-deployer; rm ${nameFile}; systemctl start bpt-deployer`)
    // The first answers may come before that of compose.
    await vm.run(`until [ -s ${nameFile} ]; do bptctl status > /dev/null; done`)
    const { containers } = await site.status()
    assert.deepEqual(
      containers?.map(({ container }) => container),
      ['code-web-1'],
    )
  })
})

describe('a new name of the project', () => {
  it('is refused as long as the project of the old name has its ports', async () => {
    await deployServers(site, 'six', { web: 'healthy' }, compose())
    const before = await listContainers(vm)
    await commitServers(site, 'seven', { web: 'healthy' }, `name: renamed\n${compose()}`)
    assert.match(
      (await pushAndFindDeploy(site)).output,
      /port 80 is taken by the container code-web-1 of the compose project code/,
    )
    assert.equal(await listContainers(vm), before)
    assert.equal(await site.fetchVersion(), 'six')
    const { containers, drift } = await site.status()
    assert.deepEqual([containers?.map(({ container }) => container), drift], [['code-web-1'], []])
  })
})

describe('a profile that somebody switched on by hand', () => {
  it('stays on: its containers are neither removed nor a difference', async () => {
    const debug = composeService('debug', [], '    profiles: [debug]\n')
    await deployServers(site, 'eight', { web: 'healthy', debug: 'healthy' }, compose() + debug)
    await runCompose('--profile debug up -d')
    const before = await readIds('name=code-debug-1')
    await deployServers(site, 'nine', { web: 'healthy' }, compose() + debug)
    assert.equal(await readIds('name=code-debug-1'), before)
    assert.deepEqual((await site.status()).drift, [])
    await vm.run('docker stop -t 0 code-debug-1')
    assert.deepEqual((await site.status()).drift, [])
    const stopped = await readIds('name=code-debug-1')
    await deployServers(site, 'ten', { web: 'healthy' }, compose() + debug)
    assert.equal(await readIds('name=code-debug-1'), stopped)
  })

  it('is removed with its service, also by a push that changes nothing else', async () => {
    await deployServers(site, 'ten', { web: 'healthy' }, compose())
    assert.equal(await readIds('name=code-debug-1'), '')
  })
})

describe('a work tree behind a symbolic link', () => {
  it('has a project with the name of the link, as for a shell in it', async () => {
    await runCompose('--profile debug down')
    await vm.run(`systemctl stop bpt-deployer; mkdir /data; mv ${folder} /data/app; ln -s /data/app ${folder}`)
    await vm.run('systemctl start bpt-deployer')
    await deployServers(site, 'linked', { web: 'healthy' }, compose())
    const before = await readIds('label=com.docker.compose.project=code')
    await runCompose('up -d')
    assert.equal(await readIds('label=com.docker.compose.project=code'), before)
    const probe = site.startProbe()
    await deployServers(site, 'linked again', { web: 'healthy' }, compose())
    await assertNoneRefused(probe)
  })

  it('finds containers that were started from the folder behind the link under the same name', async () => {
    await runCompose('down')
    await vm.run('cd /data/app && docker compose -p code up -d --wait')
    const probe = site.startProbe()
    await deployServers(site, 'linked once more', { web: 'healthy' }, compose())
    await assertNoneRefused(probe)
  })

  it('leaves the site up if the project runs under the name of the folder', async () => {
    await runCompose('down')
    await vm.run('cd /data/app && docker compose up -d --wait')
    await commitServers(site, 'other name', { web: 'healthy' }, compose())
    assert.match(
      (await pushAndFindDeploy(site)).output,
      /port 80 is taken by the container app-web-1 of the compose project app/,
    )
    assert.equal(await site.fetchVersion(), 'linked once more')
    await configureAgent(vm, '[source]\nrepository = "/data/app"')
    await deployServers(site, 'real folder', { web: 'healthy' }, compose())
  })
})
