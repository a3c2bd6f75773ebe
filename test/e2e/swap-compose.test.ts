// Whoever swaps the containers, they end up as compose itself would have made them of the same file.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspected } from './inspected.ts'
import { site } from './site.ts'
import { asCompose, configure, refusedNobody, release, web } from './swap-stack.ts'

const here = await site('swap-compose')
const { vm } = here
after(() => here.close())

const rich = `${web(`    hostname: shop
    environment: { COLOUR: red, EMPTY: "" }
    env_file: [web/plain.env]
    labels: { org.example.team: shop }
    volumes: ["./web:/own:ro", "data:/data", { type: tmpfs, target: /tmp/fast }]
    tmpfs: [/run/more]
    networks: { default: { aliases: [shop] }, inner: { aliases: [inside] } }
    cap_add: [NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true"]
    ulimits: { nofile: { soft: 2000, hard: 4000 } }
    sysctls: { net.core.somaxconn: 512 }
    extra_hosts: ["elsewhere:10.0.0.9"]
    dns_search: [example.org]
    logging: { driver: json-file, options: { max-size: 1m } }
    mem_limit: 512m
    shm_size: 32m
    init: true
    read_only: true
    stop_grace_period: 4s
    stop_signal: SIGTERM
    working_dir: /
    entrypoint: [node]
    command: [/server.js]
    depends_on: [cache]
  cache:
    image: node:26-slim
    command: [sleep, infinity]
    stop_grace_period: 0s
`)}volumes:
  data:
networks:
  inner:
`

for (const strategy of ['hold', 'understudy', 'plain'])
  describe(`a container that was swapped by ${strategy}`, () => {
    const versions = [`${strategy} one`, `${strategy} two`]

    before(async () => {
      await configure(vm, `[swap]\nstrategy = "${strategy}"`)
      await here.ada.commit({ 'web/plain.env': 'SHAPE=round\n' }, 'An env_file')
    })

    it('equals the one that compose makes of the same file', async () => {
      // Compose hands a volume without a name on to whatever comes next.
      await vm.run('docker rm -fv web || true')
      for (const version of versions) await release(here, version, { web: 'well' }, rich)
      assert.match(await here.log(), / Container web {2}Prepared/)
      await asCompose(vm)
      const ours = await inspected(vm, 'web')
      await vm.run('cd /bpt/production/code && docker rm -f web && docker compose up -d')
      assert.deepEqual(ours, await inspected(vm, 'web'))
      await vm.waitFor(async () => (await here.answer()) === versions[1], { what: 'the site answers' })
    })

    it('has what is new in the compose file: environment and ports', async () => {
      using visitor = here.prober({ patience: 30_000 })
      const changed = rich.replace('COLOUR: red', `COLOUR: ${strategy}`).replace('"80:80"', '"80:80", "8081:81"')
      await release(here, versions[1] ?? '', { web: 'well' }, changed)
      if (strategy !== 'plain') await refusedNobody(visitor)
      await visitor.stop()
      assert.equal((await vm.run('docker exec web printenv COLOUR')).stdout.trim(), strategy)
      assert.match((await vm.run(`curl -sS http://${vm.address}:8081/`)).stdout, /port: 81/)
      await asCompose(vm)
    })

    it('has what is new in the image: environment and volumes', async () => {
      using visitor = here.prober({ patience: 30_000 })
      const more = `ENV SIZE=${strategy}\nVOLUME /kept\n`
      await release(here, versions[1] ?? '', { web: 'well' }, web(), more)
      await vm.run('docker exec web sh -c "echo old > /kept/file"')
      await release(here, `${strategy} three`, { web: 'well' }, web(), more)
      if (strategy !== 'plain') await refusedNobody(visitor)
      await visitor.stop()
      assert.deepEqual(
        (await vm.run('docker exec web sh -c "printenv SIZE; cat /kept/file"')).stdout.trim().split('\n'),
        [strategy, 'old'],
      )
      await asCompose(vm)
    })
  })
