// Tests secrets and configs over pushes, put back and rollback: containers have the right content, and a changed one is
// in effect after the next deploy.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { findPlannedChanges } from './support/plain-compose.ts'
import {
  assertUsedFiles,
  commitVersion,
  findReplaced,
  pushFailing,
  pushLive,
  readerCompose,
  rollBack,
} from './support/reader-stack.ts'
import { createSite } from './support/site.ts'
import { assertNoneRefused, configureAgent } from './support/swap-stack.ts'

const site = await createSite('data-secrets')
const { vm, ada } = site
after(() => site.close())

const workTree = '/bpt/production/code'

/** @param content of the config `inline`. */
function stackWith(content: string): string {
  return readerCompose(
    `    secrets:
      - {source: by_value, target: /used/by_value}
      - {source: by_file, target: /used/by_file}
      - {source: root_only, target: /used/root_only}
    configs:
      - {source: inline, target: /used/inline}
      - {source: by_variable, target: /used/by_variable}
      - {source: tracked, target: /used/tracked}
    security_opt: ["seccomp:./profile.json"]
`,
    `secrets:
  by_value: {environment: SHOP_PASSWORD}
  by_file: {file: .secrets/key}
  root_only: {file: /etc/shop/key}
configs:
  inline: {content: "${content} $\{SHOP_COLOUR}"}
  by_variable: {environment: SHOP_COLOUR}
  tracked: {file: ./tracked.conf}
`,
  )
}

const values = { password: 'p1', colour: 'red', key: 'k1', rootKey: 'r1', tracked: 't1', content: 'c1' }

/** Writes what the administrator of the server owns: the .env and two files. */
async function writeServerFiles(changes: Partial<typeof values> = {}): Promise<void> {
  const { password, colour, key, rootKey } = Object.assign(values, changes)
  await vm.writeFile(`${workTree}/.env`, `SHOP_PASSWORD=${password}\nSHOP_COLOUR=${colour}\n`)
  await vm.writeFile(`${workTree}/.secrets/key`, key, { owner: 'root:bpt', mode: '640' })
  // The agent cannot read this file: it counts as changed whenever it is written.
  if (changes.rootKey) await vm.writeFile('/etc/shop/key', rootKey, { mode: '600' })
}

/** Expected contents of the reader. */
function usedFiles({ password, colour, key, rootKey, tracked, content } = values): string[] {
  return [
    `./by_file - ${key}`,
    `./by_value - ${password}`,
    `./by_variable - ${colour}`,
    `./inline - ${content} ${colour}`,
    `./root_only - ${rootKey}`,
    `./tracked - ${tracked}`,
  ]
}

async function assertInEffect(expected = values): Promise<void> {
  await assertUsedFiles(vm, usedFiles(expected))
  assert.deepEqual(await findPlannedChanges(vm), [])
}

async function pushWords(): Promise<string> {
  await ada.commit({ 'README.md': `Words ${Math.random()}\n` }, 'Only words')
  return pushLive(site)
}

before(async () => {
  await configureAgent(vm, '')
  await writeServerFiles(values)
  const profile = '{"defaultAction": "SCMP_ACT_ALLOW"}\n'
  await ada.commit({ 'tracked.conf': 't1', 'profile.json': profile, '.gitignore': '.env\n.secrets\n' }, 'Contents')
  await commitVersion(site, 'one', stackWith('c1'))
  await pushLive(site)
})

describe('secrets and configs', () => {
  it('are in the container after the first deploy', () => assertInEffect())

  it('stay in the container after a push of words, and after one of code', async () => {
    assert.deepEqual(await findReplaced(vm, pushWords), [])
    await commitVersion(site, 'two', stackWith('c1'))
    assert.deepEqual(await findReplaced(vm, () => pushLive(site)), ['web'])
    await assertInEffect()
  })

  it('are in the new container after a change of its configuration', async () => {
    await commitVersion(
      site,
      'three',
      stackWith('c1').replace('    security_opt', '    environment: {A: b}\n    security_opt'),
    )
    assert.deepEqual(await findReplaced(vm, () => pushLive(site)), ['reader', 'web'])
    await assertInEffect()
    await commitVersion(site, 'three', stackWith('c1'))
    await pushLive(site)
    await assertInEffect()
  })
})

describe('a changed', () => {
  const cases: [string, RegExp, () => Promise<unknown>][] = [
    ['value of a secret in .env', /the secret by_value changed/, () => writeServerFiles({ password: 'p2' })],
    ['value of a config in .env', /the config by_variable changed/, () => writeServerFiles({ colour: 'blue' })],
    ['file of a secret', /the secret by_file changed/, () => writeServerFiles({ key: 'k2' })],
    ['file that only root may read', /the secret root_only changed/, () => writeServerFiles({ rootKey: 'r2' })],
    [
      'config of the compose file',
      /the config inline changed/,
      () => {
        values.content = 'c2'
        return commitVersion(site, 'three', stackWith('c2'))
      },
    ],
    [
      'config that git tracks',
      /the config tracked changed/,
      () => {
        values.tracked = 't2'
        return ada.commit({ 'tracked.conf': 't2' }, 'A tracked config')
      },
    ],
    [
      'seccomp profile',
      /its seccomp profile profile\.json changed/,
      () => ada.commit({ 'profile.json': '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}\n' }, 'A profile'),
    ],
  ]
  for (const [name, pattern, change] of cases)
    it(`${name} is in effect after the next push`, async () => {
      await change()
      const replaced = await findReplaced(vm, async () => assert.match(await pushWords(), pattern))
      assert.deepEqual(replaced, ['reader'])
      await assertInEffect()
    })

  it('secret is in effect after a deploy of the live revision', async () => {
    await writeServerFiles({ key: 'k3' })
    await vm.run('bptctl deploy HEAD', { as: 'ada', timeoutMs: 120_000 })
    assert.match(await site.log(), /the secret by_file changed/)
    await assertInEffect()
  })
})

describe('secrets and configs of a failed deploy', () => {
  it('have their old content again; a changed secret is in effect after the next deploy', async () => {
    const before = { ...values }
    await writeServerFiles({ password: 'p4' })
    values.content = 'c4'
    await commitVersion(site, 'four', stackWith('c4'), 'exits')
    await pushFailing(site)
    await assertInEffect(before)
    await commitVersion(site, 'five', stackWith('c4'))
    assert.match(await pushLive(site), /the secret by_value changed; the config inline changed/)
    await assertInEffect()
  })

  it('count as changed after it, even with the content that they had before', async () => {
    await writeServerFiles({ key: 'k5' })
    await commitVersion(site, 'six', stackWith('c4'), 'exits')
    await pushFailing(site)
    await writeServerFiles({ key: 'k3' })
    await commitVersion(site, 'seven', stackWith('c4'))
    await pushLive(site)
    await assertInEffect()
  })
})

describe('a rollback', () => {
  it('brings the tracked contents of its release, and those of the server as they are', async () => {
    await ada.commit({ 'tracked.conf': 't6' }, 'Another tracked config')
    await commitVersion(site, 'eight', stackWith('c6'))
    await pushLive(site)
    await assertInEffect({ ...values, tracked: 't6', content: 'c6' })
    await writeServerFiles({ password: 'p6' })
    await rollBack(site)
    await assertInEffect()
  })
})

describe('a standby', () => {
  it('has the same secrets and configs as the container whose place it takes', async () => {
    // The program ends at once without them, and the deploy fails.
    const command = 'test -s /run/secrets/by_value && test -s /inline && test -s /tracked && exec node /server.js'
    const settings = `    secrets: [by_value]
    configs: [inline, tracked]
    command: ["sh", "-c", ${JSON.stringify(command)}]
`
    const stack = stackWith('c6').replace('    build: web\n', `    build: web\n${settings}`)
    await configureAgent(vm, '[swap]\nstrategy = "standby"', 20)
    for (const version of ['nine', 'ten']) {
      await commitVersion(site, version, stack)
      using probe = site.startProbe({ timeoutMs: 30_000 })
      await pushLive(site)
      if (version === 'ten') await assertNoneRefused(probe)
      await probe.stop()
    }
  })
})
