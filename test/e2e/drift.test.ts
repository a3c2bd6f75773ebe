// Tests that the status names each difference between what runs and what compose would run, and that the command which
// it names mends it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { commitServers } from './support/swap-stack.ts'

const site = await createSite('drift')
const { vm, ada } = site
const folder = '/bpt/production/code'
after(() => site.close())

const compose = `services:
  web: {build: web, image: "web:latest", ports: ["80:80"], depends_on: {migrate: {condition: service_completed_successfully}}}
  worker: {image: node:26-slim, command: [sleep, "9999"], init: true, depends_on: [web]}
  redis: {image: node:26-slim, command: [sleep, "9999"], init: true}
  migrate: {image: node:26-slim, command: "true"}
  once: {image: node:26-slim, command: "true"}
  tool: {image: node:26-slim, command: [sleep, "9999"], init: true, profiles: [tools]}
`
const inFolder = (command: string) => `cd ${folder} && ${command}`
const editFile = (edit: string) => inFolder(`sed -i '${edit}' docker-compose.yml`)

const differences: [string, string, RegExp][] = [
  ['a container that was stopped', 'docker stop -t0 code-worker-1', /^code-worker-1 is exited, though /],
  ['a container that was removed', 'docker rm -f code-web-1', /^web is missing, though /],
  [
    'a container that was paused',
    'docker pause code-redis-1',
    /^code-redis-1 is paused\. Let it go on: docker unpause/,
  ],
  [
    'a container that was created again with other settings',
    inFolder(
      'sed "s/9999/8888/" docker-compose.yml > /tmp/other.yml && docker compose -f /tmp/other.yml --project-directory . -p code up -d --no-build redis',
    ),
    /^compose would replace redis \(configuration changed\)\. /,
  ],
  [
    'a service that was scaled',
    inFolder('docker compose up -d --no-recreate --scale worker=2 worker'),
    /^compose would remove worker \(replicas 2 to 1\)\. /,
  ],
  [
    'an edited compose file',
    editFile('s/9999/7777/'),
    /^compose would replace (redis|worker) \(configuration changed\)\. /,
  ],
  [
    'a service that is no longer in the compose file',
    editFile('/^  redis:/d'),
    /^compose would remove redis \(no longer in the compose file\)\. /,
  ],
  [
    'a compose file that is not valid',
    inFolder('echo "x: [" >> docker-compose.yml'),
    /^the compose file is not valid: /,
  ],
]

describe('the drift of the status', () => {
  before(async () => {
    await commitServers(site, 'one', { web: 'healthy' }, compose)
    await ada.push()
  })

  it('is none after a deploy: finished jobs and the containers of inactive profiles are no differences', async () => {
    await vm.run(inFolder('docker compose --profile tools up -d tool && docker compose --profile tools stop -t0 tool'))
    assert.deepEqual((await site.status()).drift, [])
    await waitForDrift('length == 0')
  })

  for (const [title, command, text] of differences)
    it(`names ${title}, and the command that mends it`, async () => {
      await vm.run(command)
      await waitForDrift('length > 0')
      const [sentence = ''] = (await site.status()).drift
      assert.match(sentence, text)
      const [mend] = /(bptctl deploy [0-9a-f]{7}|docker unpause \S+)$/.exec(sentence) ?? assert.fail(sentence)
      await vm.run(mend)
      await waitForDrift('length == 0')
    })

  it('is remembered: a status asks compose no second time', async () => {
    await waitForDrift('length == 0')
    await vm.run(
      'mv /usr/libexec/docker/cli-plugins /usr/libexec/docker/away || mv /usr/lib/docker/cli-plugins /usr/lib/docker/away',
    )
    assert.deepEqual((await site.status()).drift, [])
    await vm.run(
      'mv /usr/libexec/docker/away /usr/libexec/docker/cli-plugins || mv /usr/lib/docker/away /usr/lib/docker/cli-plugins',
    )
  })
})

/** A status waits a second for compose, and is repeated until compose has answered. */
async function waitForDrift(condition: string): Promise<void> {
  const ask = `bptctl status --json | jq -e '.drift | ${condition}' >/dev/null`
  await vm.run(`until ${ask}; do :; done`, { as: 'ada', timeoutMs: 60_000 })
}
