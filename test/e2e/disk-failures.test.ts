// Tests disks that fail: too little space, a damaged database, a full file system.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'

const site = await createSite('disk-failures')
const { vm, ada } = site

before(async () => {
  await ada.commitVersion('good')
  await pushQuietly()
})
after(() => site.close())

describe('a deploy with too little disk space', () => {
  it('is refused with figures before it changes anything', async () => {
    await configureAgent('[keep]\nfree_mb = 1000000\n')
    const live = await site.fetchVersion()
    await ada.commitVersion('too large')
    const { output } = await pushQuietly()
    assert.match(
      output,
      /check .*too little space[\s\S]*not deployed: there is too little space: \/\S+ has \S+ GB left, a deploy needs about .* and must leave 1000 GB/,
    )
    assert.equal(await site.fetchVersion(), live)
    await configureAgent('')
  })

  it('succeeds as soon as there is enough space', async () => {
    const { output } = await pushQuietly()
    assert.match(output, /up-to-date/)
    assert.equal((await vm.tryRun('bptctl deploy main', { as: 'ada' })).code, 0)
    assert.equal(await site.fetchVersion(), 'too large')
  })
})

describe('a damaged database', () => {
  it('is set aside; the agent restores the deploys from their logs and continues their numbers', async () => {
    const before = await site.history()
    await vm.run('systemctl stop bpt-deployer bpt-deployer.socket')
    await vm.run(
      'dd if=/dev/urandom of=/var/lib/bpt-deployer/deploys.sqlite bs=4096 count=4 conv=notrunc; rm -f /var/lib/bpt-deployer/*-wal',
    )
    await vm.run('systemctl start bpt-deployer.socket bpt-deployer')
    const { live } = await site.status()
    assert.equal(live?.revision, before.find(({ state }) => state === 'live')?.revision)
    assert.match(
      (await vm.run('journalctl -u bpt-deployer -n 20 -o cat')).stdout,
      /damaged and is set aside as \S+; \d+ deploys were restored/,
    )
    await ada.commitVersion('after the damage')
    assert.match((await pushQuietly()).output, /live: /)
    assert.equal((await site.history())[0]?.id, (before[0]?.id ?? 0) + 1)
  })
})

describe('a full file system of the logs', () => {
  it('fails the deploy, and the agent keeps running', async () => {
    await vm.run(
      'mount -t tmpfs -o size=200k,mode=2750,uid=$(id -u bpt-deployer),gid=$(getent group bpt | cut -d: -f3) tmpfs /bpt/production/build-logs',
    )
    await configureAgent('[keep]\nfree_mb = 0\n')
    const live = await site.fetchVersion()
    await ada.commit(
      { Dockerfile: `FROM node:26-slim\nRUN awk 'BEGIN { for (n = 0; n < 9000; n++) printf "%0100d\\n", n }'\n` },
      'prints more than the log can hold',
    )
    const { output } = await pushQuietly()
    assert.match(output, /too little space|not deployed/)
    const [last] = await site.history()
    assert.deepEqual([last?.state, last?.code], ['failed', 'disk_full'])
    assert.equal(await site.fetchVersion(), live)
    await vm.run('systemctl is-active bpt-deployer; umount /bpt/production/build-logs; systemctl restart bpt-deployer')
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
    await ada.commitVersion('space again')
    assert.match((await pushQuietly()).output, /live: /)
  })
})

function pushQuietly(): Promise<{ code: number; output: string }> {
  return ada.push({ force: true, options: ['quiet'] })
}

async function configureAgent(toml: string): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', toml)
  await vm.run('systemctl restart bpt-deployer')
}
