// Tests the comparison with plain compose: equal stacks have no difference, and each kind of difference is found.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createDeveloper } from '../vm/developer.ts'
import { findDifferences, findPlannedChanges, PlainCompose } from './support/plain-compose.ts'

const [left, right] = await Promise.all(['compare-left', 'compare-right'].map((name) => PlainCompose.create(name)))
if (!left || !right) throw new Error('no VM has booted')
const ada = await createDeveloper(left.vm, 'ada')
after(() => Promise.all([left, right].map((plain) => plain[Symbol.asyncDispose]())))

const compose = `services:
  db:
    image: postgres
    environment: { POSTGRES_PASSWORD: secret }
    volumes: [db:/var/lib/postgresql/data]
    healthcheck: { test: pg_isready -U postgres, interval: 1s, retries: 30 }
  web:
    build: web
    init: true
    ports: ["80:80"]
    volumes: [/cache, "files:/files", "./web/page:/page:ro"]
    environment: { LEVEL: low }
    networks: { default: { aliases: [shop] }, inner: { ipv4_address: 10.9.0.7 } }
    secrets: [token]
    configs: [{ source: settings, target: /settings }]
    depends_on: { db: { condition: service_healthy }, migrate: { condition: service_completed_successfully } }
  migrate:
    image: node:26-slim
    command: [sh, -c, "echo one > /files/schema"]
    volumes: ["files:/files"]
  side:
    image: node:26-slim
    network_mode: service:web
    init: true
    command: [sleep, infinity]
volumes: { db: , files: }
networks: { inner: { ipam: { config: [{ subnet: 10.9.0.0/24 }] } } }
secrets: { token: { environment: HOME } }
configs: { settings: { content: "level = low" } }
`
const files = {
  'docker-compose.yml': compose,
  'web/Dockerfile': 'FROM node:26-slim\nCOPY server.js /\nCMD ["sleep", "infinity"]\n',
  'web/server.js': 'one\n',
  'web/page/index.html': 'one\n',
}
const query = (sql: string) => `docker exec code-db-1 psql -qU postgres -c "${sql}"`

describe('the comparison with plain compose', () => {
  it('finds no difference between two engines with the same revision', async () => {
    await ada.commit(files, 'A stack')
    await Promise.all([left.up(ada), right.up(ada)])
    await left.vm.run('docker restart code-web-1')
    assert.equal((await findDifferences(left.vm, right.vm)).join('\n'), '')
    assert.deepEqual(await findPlannedChanges(left.vm), [])
  })

  for (const [kind, change, undo, pattern] of [
    [
      'a stopped container',
      'docker stop code-web-1',
      'docker start code-web-1',
      /code-web-1 › State › Status: "exited"/,
    ],
    [
      'a row of a database',
      query('create table extra (name text)'),
      query('drop table extra'),
      /postgresql\/data of code-db-1: has "CREATE TABLE public.extra/,
    ],
    [
      'a file of a volume',
      'docker exec code-web-1 sh -c "echo two > /files/schema"',
      'docker exec code-web-1 sh -c "echo one > /files/schema"',
      /\/files of code-web-1: has "f\\t/,
    ],
    [
      'a file of an anonymous volume',
      'docker exec code-web-1 touch /cache/more',
      'docker exec code-web-1 rm /cache/more',
      /\/cache of code-web-1: has /,
    ],
    [
      'a mounted file that the container does not see',
      'cd /bpt/production/code/web && mv page page.old && mkdir page && cp page.old/* page && echo old > page.old/index.html',
      'cd /bpt/production/code/web && rm -r page && mv page.old page && echo one > page/index.html',
      /\/page of code-web-1: /,
    ],
    [
      'a secret',
      'docker exec code-web-1 sh -c "echo other > /run/secrets/token"',
      'docker exec code-web-1 sh -c "printf /root > /run/secrets/token"',
      /own files of code-web-1: has .*run\/secrets\/token/,
    ],
    [
      'a container that a swap left behind',
      'docker run -d --init --name web.bpt-before node:26-slim sleep infinity',
      'docker rm -fv web.bpt-before',
      /leftovers › containers of the swap: has "\/web.bpt-before"/,
    ],
    ['an anonymous volume', 'docker volume create', 'docker volume prune -f', /unused anonymous volumes: 1/],
  ] as const)
    it(`finds ${kind}`, async () => {
      await left.vm.run(change)
      const differences = (await findDifferences(left.vm, right.vm, 0)).join('\n')
      await left.vm.run(undo)
      assert.match(differences, pattern)
      assert.equal((await findDifferences(left.vm, right.vm)).join('\n'), '')
    })

  it('finds settings, images, networks and volumes that differ', async () => {
    await ada.commit({ ...files, 'docker-compose.yml': compose.replace('LEVEL: low', 'LEVEL: high') }, 'A setting')
    await left.up(ada)
    assert.match(
      (await findDifferences(left.vm, right.vm, 0)).join('\n'),
      /code-web-1 › Config › Env: has "LEVEL=high"/,
    )
    await ada.commit({ ...files, 'web/server.js': 'two\n' }, 'Code')
    await left.up(ada)
    assert.match((await findDifferences(left.vm, right.vm, 0)).join('\n'), /image of code-web-1: has .*server\.js/)
    const moved = compose.replaceAll('10.9.0', '10.8.0').replace('  side:\n    image', '  sidecar:\n    image')
    await ada.commit({ ...files, 'docker-compose.yml': moved }, 'Another network and a renamed service')
    await left.vm.run('cd /bpt/production/code && docker compose down')
    await left.up(ada)
    const differences = (await findDifferences(left.vm, right.vm, 0)).join('\n')
    assert.match(differences, /networks › code_inner › IPAM/)
    assert.match(differences, /containers › code-side-1: nothing/)
    assert.match(differences, /containers › code-sidecar-1: .*compose leaves nothing/)
  })

  it('finds changes that compose would make', async () => {
    await left.vm.run(`cd /bpt/production/code && sed -i 's/init: true/init: false/' docker-compose.yml`)
    assert.match((await findPlannedChanges(left.vm)).join('\n'), /code-web-1 {2}Recreate/)
    await left.vm.run('cd /bpt/production/code && git checkout -q -f && docker rm -f code-side-1 code-sidecar-1')
    assert.match((await findPlannedChanges(left.vm)).join('\n'), /Creating/)
  })
})
