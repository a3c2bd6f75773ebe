// Tests deploys that the server refuses: addresses that it does not have, files without rights for the agent, and what
// compose and Docker refuse, in their words.
import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { commitServers, deployServers, pushAndFindDeploy, pushRefused, webCompose } from './support/swap-stack.ts'

const site = await createSite('server-refusals')
const { vm, ada } = site
after(() => site.close())

const folder = '/bpt/production/code'
let version = 0
const deployNext = (compose = webCompose()) => deployServers(site, `version ${++version}`, { web: 'healthy' }, compose)

describe('a port on an address that the server does not have', () => {
  it('is refused in the check, with the address, for TCP and UDP', async () => {
    await deployNext()
    for (const port of ['10.8.0.1:8080:80', '10.8.0.1:53:53/udp', '[fd00::7]:8080:80']) {
      await commitServers(site, port, { web: 'healthy' }, webCompose('', `["80:80", "${port}"]`))
      const address = port.startsWith('[') ? 'fd00::7' : '10.8.0.1'
      await pushRefused(site, new RegExp(`web publishes a port on ${address}, which is no address of this server now`))
    }
  })

  it('is published once the address is there, or may be missing', async () => {
    await vm.run('ip address add 10.8.0.1/32 dev lo')
    const compose = webCompose('', '["80:80", "10.8.0.1:8080:80"]')
    await deployNext(compose)
    await vm.run('ip address del 10.8.0.1/32 dev lo')
    await commitServers(site, 'gone', { web: 'healthy' }, compose)
    await pushRefused(site, /10\.8\.0\.1/)
    await vm.run('sysctl -w net.ipv4.ip_nonlocal_bind=1')
    await deployNext(compose)
    await vm.run('sysctl -w net.ipv4.ip_nonlocal_bind=0')
  })

  it('is no reason against a push that leaves the service alone', async () => {
    await vm.run('ip address add 10.8.0.1/32 dev lo')
    const tunnel =
      '  tunnel:\n    image: node:26-slim\n    command: node -e "require(\'http\').createServer().listen(80)"\n    init: true\n    ports: ["10.8.0.1:8081:80"]\n'
    await deployNext(webCompose() + tunnel)
    await vm.run('ip address del 10.8.0.1/32 dev lo')
    await deployNext(webCompose() + tunnel)
    await deployNext()
  })
})

describe('files that the agent may not read', () => {
  beforeEach(async () => {
    await ada.git('reset', '-q', '--hard', 'production/main').catch(() => {})
  })

  it('end a build with the path and the command that helps', async () => {
    await deployNext()
    await vm.run(`mkdir -m 700 '${folder}/web/db data' && echo x > '${folder}/web/db data/file'`)
    // BuildKit reads only what a COPY asks for.
    await deployServers(site, 'not copied', { web: 'healthy' })
    await commitServers(site, 'closed', { web: 'healthy' }, webCompose(), 'COPY . /copied/\n')
    await pushRefused(
      site,
      /may not read \/bpt\/production\/code\/web\/db data, which is part of a build context\..*echo '\/db data' >> \.dockerignore/,
    )
    await ada.commit({ 'web/.dockerignore': '/db data\n' }, 'Leave the data out')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    await vm.run(`rm -r '${folder}/web/db data'`)
  })

  it('may be the Dockerfile, which BuildKit calls empty then', async () => {
    await vm.run(`echo 'FROM node:26-slim' > ${folder}/own.Dockerfile && chmod 600 ${folder}/own.Dockerfile`)
    const build = 'build:\n      context: web\n      dockerfile: ../own.Dockerfile'
    await commitServers(site, 'dockerfile', { web: 'healthy' }, webCompose().replace('build: web', build))
    await pushRefused(site, /may not read \/bpt\/production\/code\/own\.Dockerfile\..*sudo chmod g\+r/)
  })

  it('are named if they are inputs of compose', async () => {
    await vm.run(`echo A=1 > ${folder}/.env && chmod 600 ${folder}/.env`)
    await commitServers(site, 'env', { web: 'healthy' })
    await pushRefused(
      site,
      /may not read \/bpt\/production\/code\/\.env\..*sudo chmod g\+r \/bpt\/production\/code\/\.env/,
    )
    await vm.run(`rm ${folder}/.env; mkdir -m 700 /root/values; echo A=1 > /root/values/web.env`)
    await commitServers(site, 'env_file', { web: 'healthy' }, webCompose('    env_file: /root/values/web.env\n'))
    await pushRefused(site, /may not read \/root\/values\/web\.env\..*namei -l \/root\/values\/web\.env/)
  })

  it('may be secrets: the engine mounts them', async () => {
    await vm.run('echo hidden > /root/values/token')
    const secrets = 'secrets: {token: {file: /root/values/token}}\n'
    await deployNext(`${webCompose('    secrets: [token]\n')}${secrets}`)
    assert.equal((await vm.run('docker exec web cat /run/secrets/token')).stdout, 'hidden\n')
  })
})

describe('a folder that Docker created as root', () => {
  it('refuses a revision with files in it before anything changes, with the command that helps', async () => {
    await deployNext(webCompose('    volumes: ["./uploads:/uploads"]\n'))
    await ada.commit({ 'uploads/.gitkeep': '', 'README.md': 'Changed.\n' }, 'Keep the folder')
    await pushRefused(
      site,
      /may not write to \/bpt\/production\/code\/uploads, .*sudo chown bpt-deployer \/bpt\/production\/code\/uploads/,
    )
    assert.equal((await vm.run(`git -C ${folder} status --porcelain --untracked-files=no`)).stdout, '')
    await vm.run(`chown bpt-deployer ${folder}/uploads`)
    await ada.commit({ 'README.md': 'Again.\n' }, 'Again')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
  })

  it('in place of a mounted file that git did not have yet refuses a revision with that file', async () => {
    await deployNext(webCompose('    volumes: ["./settings/web.conf:/web.conf"]\n'))
    await ada.commit({ 'settings/web.conf': 'a = 1\n' }, 'The mounted file')
    await pushRefused(site, /\/bpt\/production\/code\/settings/)
    assert.equal((await vm.run(`git -C ${folder} status --porcelain --untracked-files=no`)).stdout, '')
    await vm.run(`docker rm -f web && rm -r ${folder}/settings`)
    assert.match((await vm.run('bptctl deploy main', { as: 'ada' })).stdout, /live/)
    assert.equal((await vm.run('docker exec web cat /web.conf')).stdout, 'a = 1\n')
  })

  it('in a folder of the repository gives way to the mounted file, which is in effect at once', async () => {
    await deployNext(webCompose('    volumes: ["./web/late.conf:/late.conf"]\n'))
    await ada.commit({ 'web/late.conf': 'b = 1\n' }, 'The mounted file')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    assert.equal((await vm.run('docker exec web cat /late.conf')).stdout, 'b = 1\n')
  })
})

describe('a refusal of compose or Docker', () => {
  beforeEach(async () => {
    await ada.git('reset', '-q', '--hard', 'production/main')
  })

  it('is told by the error alone; the warnings follow in the log', async () => {
    await deployNext()
    const settings = '    environment: ["TAG=$UNSET_TAG"]\n    restrat: always\n'
    await commitServers(site, 'typo', { web: 'healthy' }, webCompose(settings))
    await pushRefused(
      site,
      /warning: The "UNSET_TAG" variable is not set[\s\S]*not deployed: the compose file is not valid: [^\n]*restrat[^\n]*\. Live/,
    )
  })

  it('names the command that creates what is missing', async () => {
    const volumes = 'volumes: {data: {external: true, name: kept-data}}\n'
    await commitServers(site, 'volume', { web: 'healthy' }, `${webCompose('    volumes: ["data:/data"]\n')}${volumes}`)
    await pushRefused(site, /Create it: docker volume create kept-data/)
    await vm.run('docker volume create kept-data')
    await ada.commit({}, 'Again')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
  })

  it('names a plugin that only root has, in the status as well, and its command installs it', async () => {
    await vm.run(
      'mkdir -p /root/.docker/cli-plugins; mv /usr/libexec/docker/cli-plugins/docker-compose /root/.docker/cli-plugins/',
    )
    await commitServers(site, 'plugin', { web: 'healthy' }, webCompose('    labels: {a: b}\n'))
    await pushRefused(site, /docker compose is not installed for bpt-deployer, the agent's user\./)
    assert.match((await site.status()).trouble ?? '', /docker compose is not installed/)
    const { stdout } = await vm.run('bptctl log', { as: 'ada' })
    await vm.run(/ (sudo install -D \S+ \S+)$/m.exec(stdout)?.[1] ?? assert.fail(stdout))
    await ada.commit({}, 'Again')
    assert.equal((await pushAndFindDeploy(site)).state, 'live', await site.log())
    assert.equal((await site.status()).trouble, null)
  })
})

describe('a push', () => {
  it('of a branch that was deleted a moment before is a new deploy', async () => {
    const [before] = await site.history()
    await ada.git('push', '-q', 'production', ':main')
    const { output } = await ada.push({ options: ['quiet'] })
    assert.match(output, new RegExp(`deploy ${(before?.id ?? 0) + 1} [\\s\\S]*live: `))
  })
})
