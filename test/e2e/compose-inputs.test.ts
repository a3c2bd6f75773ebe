// Tests that everything that tells compose what to read counts for a deploy as it does for `docker compose up`.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertSameAsCompose, PlainCompose } from './support/plain-compose.ts'
import { createSite } from './support/site.ts'
import { commitServers, composeService, configureAgent, pushAndFindDeploy, webCompose } from './support/swap-stack.ts'

const site = await createSite('compose-inputs')
const plain = await PlainCompose.create('compose-inputs-plain')
const { vm, ada } = site
after(async () => {
  await Promise.all([site.close(), plain[Symbol.asyncDispose]()])
})

const folder = '/bpt/production/code'
/** Dockerfile lines that put the build argument LEVEL into the environment. */
const levelLines = 'ARG LEVEL=none\nENV LEVEL=$LEVEL\n'
const readVariable = async (container: string, name: string) =>
  (await vm.run(`docker exec ${container} printenv ${name}`)).stdout.trimEnd()

/** Commits files, pushes them, and asserts that the result is live and the same as that of plain compose. */
async function deployAsCompose(files: Record<string, string | null>, options = ''): Promise<void> {
  await ada.commit(files, 'Other files')
  await assertDeployedAsCompose(options)
}

async function assertDeployedAsCompose(options = ''): Promise<void> {
  const deploy = await pushAndFindDeploy(site)
  assert.equal(deploy.state, 'live', deploy.output + (await site.log()))
  await plain.up(ada, 'HEAD', { options })
  await assertSameAsCompose(site, plain, { options })
  assert.deepEqual((await site.status()).drift, [])
}

/** Removes the project from both VMs, so that a test may begin with another name of it. */
async function removeProject(options = ''): Promise<void> {
  for (const each of [vm, plain.vm])
    await each.run(`cd ${folder} && docker compose ${options} --profile '*' down --remove-orphans`)
}

describe('the variables of compose in .env', () => {
  it('choose the files, the profile and the name of the project for the build and the swap', async () => {
    await commitServers(site, 'one', { web: 'healthy', extra: 'healthy' }, webCompose(), levelLines)
    const more = `services:\n  web:\n    build:\n      args: {LEVEL: high}\n${composeService('extra', ['81:80'], '    profiles: [more]\n')}`
    const env = 'COMPOSE_FILE=docker-compose.yml:more.yml\nCOMPOSE_PROFILES=more\nCOMPOSE_PROJECT_NAME=shop\n'
    await deployAsCompose({ 'more.yml': more, '.env': env })
    assert.equal(await readVariable('web', 'LEVEL'), 'high')
    assert.equal((await vm.run("docker ps --format '{{.Names}}' | sort")).stdout, 'shop-extra-1\nweb\n')
  })

  it('count again after a change of one of these files alone', async () => {
    await deployAsCompose({ 'more.yml': 'services:\n  web:\n    build:\n      args: {LEVEL: low}\n' })
    assert.equal(await readVariable('web', 'LEVEL'), 'low')
  })

  it('may name files in other folders with a separator of their own', async () => {
    const more = 'services:\n  web:\n    build:\n      args: {LEVEL: "$' + '{DEPTH}"}\n'
    const env = 'COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=docker-compose.yml,deploy/more.yml\nDEPTH=deep\n'
    await removeProject()
    await deployAsCompose({ 'more.yml': null, 'deploy/more.yml': more, '.env': env })
    assert.equal(await readVariable('web', 'LEVEL'), 'deep')
  })
})

describe('dollar signs, PWD and HOME', () => {
  it('mean in build arguments, labels, paths and commands what they mean to compose', async () => {
    const settings = `    labels: {price: "5$$", home: "$\{HOME:+set}"}
    environment: {SHELL_FOLDER: "$\{PWD}", COST: "$$9"}
    volumes: ["$\{PWD}/web:/mounted:ro", "./a$$b:/dollar"]
`
    const build = 'build:\n      context: web\n      args: {LEVEL: "$$HOME"}\n      labels: {cost: "$$3"}'
    await commitServers(
      site,
      'dollars',
      { web: 'healthy' },
      webCompose(settings).replace('build: web', () => build),
      levelLines,
    )
    await deployAsCompose({ '.env': null, 'deploy/more.yml': null })
    // The Dockerfile's ENV resolves no second time.
    assert.equal(await readVariable('web', 'LEVEL'), '$HOME')
    assert.equal(await readVariable('web', 'SHELL_FOLDER'), folder)
    assert.equal((await vm.run('docker exec web ls /mounted/server.js')).stdout, '/mounted/server.js\n')
    assert.equal((await vm.run("docker image inspect -f '{{.Config.Labels.cost}}' web")).stdout, '$3\n')
  })
})

describe('an image that only compose can build', () => {
  it('gets its arguments, labels and secrets as by hand', async () => {
    const build = `build:
      context: web
      shm_size: 128m
      secrets: [token]
      args: {LEVEL: "$$HOME/$\{DEPTH}"}
      labels: {cost: "$$3"}`
    const compose = `${webCompose().replace('build: web', () => build)}secrets: {token: {environment: TOKEN}}\n`
    const copyToken = `${levelLines}RUN --mount=type=secret,id=token cp /run/secrets/token /token\n`
    await commitServers(site, 'secret', { web: 'healthy' }, compose, copyToken)
    await deployAsCompose({ '.env': 'TOKEN=hidden\nDEPTH=9\n' })
    assert.equal(await readVariable('web', 'LEVEL'), '$HOME/9')
    assert.equal((await vm.run('docker exec web cat /token')).stdout, 'hidden')
  })
})

describe('several compose files in the configuration', () => {
  it('are read in their order, from several folders, and win over COMPOSE_FILE', async () => {
    await configureAgent(vm, '[stack]\nfile = ["deploy/stack.yml", "more/high.yml"]')
    await removeProject()
    const stack = webCompose().replace('build: web', 'build: ../web')
    await commitServers(site, 'several', { web: 'healthy' }, webCompose(), levelLines)
    const high = 'services:\n  web:\n    build:\n      args: {LEVEL: "$' + '{WHERE}"}\n'
    const files = { 'deploy/stack.yml': stack, 'more/high.yml': high, '.env': 'COMPOSE_FILE=none.yml\n' }
    await deployAsCompose({ ...files, 'deploy/.env': 'WHERE=beside\n' }, '-f deploy/stack.yml -f more/high.yml')
    assert.equal(await readVariable('web', 'LEVEL'), 'beside')
  })
})

describe('a variable of compose in the unit of the agent', () => {
  it('counts as in a shell', async () => {
    await configureAgent(vm, '')
    await removeProject('-f deploy/stack.yml')
    const dropIn = '[Service]\nEnvironment=COMPOSE_ENV_FILES=values.env\n'
    await vm.writeFile('/etc/systemd/system/bpt-deployer.service.d/compose.conf', dropIn)
    await vm.run('systemctl daemon-reload && systemctl restart bpt-deployer')
    const args = 'build:\n      context: web\n      args: {LEVEL: "$' + '{WHERE}"}'
    await commitServers(site, 'unit', { web: 'healthy' }, webCompose().replace('build: web', args), levelLines)
    const none = { 'deploy/stack.yml': null, 'deploy/.env': null, 'more/high.yml': null, '.env': null }
    await ada.commit({ ...none, 'values.env': 'WHERE=values\n' }, 'Values')
    await assertDeployedAsCompose('--env-file values.env')
    assert.equal(await readVariable('web', 'LEVEL'), 'values')
    await vm.run(
      'rm -r /etc/systemd/system/bpt-deployer.service.d; systemctl daemon-reload; systemctl restart bpt-deployer',
    )
  })
})
