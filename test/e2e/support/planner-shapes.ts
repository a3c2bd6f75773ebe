// Compose projects before and after a push, with the changes that compose makes of it.

type Compose = Record<string, Record<string, object>>

export interface PlannerShape {
  name: string
  compose: [Compose, Compose]
  /** Versions of the image `app`, by default v1 and v2. */
  code?: [string, string]
  env?: [Record<string, string>, Record<string, string>]
  /** Runs in the project's folder after the first push. */
  prepare?: string
  /** Each service with its change and the reason. */
  changes: Record<string, string>
  /** Names of the planned containers. */
  created: string[]
  /** Names of removed containers that have no successor. */
  removed?: string[]
  restarted?: string[]
  networks?: string[]
  volumes?: string[]
}

const app = { image: 'app:latest', build: '.', init: true }
const db = { image: 'node:26-slim', command: ['sleep', 'infinity'], init: true }
const healthy = { healthcheck: { test: ['CMD', 'true'], interval: '1s', start_interval: '200ms', start_period: '9s' } }
const codeChanged = 'replaced: code changed'

function same(compose: Compose): [Compose, Compose] {
  return [compose, compose]
}

export const plannerShapes: PlannerShape[] = [
  {
    name: 'dependent',
    compose: same({
      services: {
        db,
        web: { ...app, ports: ['8080:80'], depends_on: ['db'] },
        worker: { ...app, depends_on: ['web'] },
      },
    }),
    changes: { db: 'stays', web: codeChanged, worker: codeChanged },
    created: ['web-1', 'worker-1'],
  },
  {
    name: 'configcode',
    compose: [
      { services: { web: app, worker: { ...db, environment: { WORD: 'one' }, depends_on: ['web'] } } },
      { services: { web: app, worker: { ...db, environment: { WORD: 'two' }, depends_on: ['web'] } } },
    ],
    changes: { web: codeChanged, worker: 'replaced: configuration changed' },
    created: ['web-1', 'worker-1'],
  },
  {
    name: 'anonymous',
    compose: same({
      services: { web: { ...app, volumes: ['/short', { type: 'volume', target: '/long' }, 'data:/named'] } },
      volumes: { data: {} },
    }),
    changes: { web: codeChanged },
    created: ['web-1'],
  },
  {
    name: 'job',
    compose: same({
      services: {
        migrate: { ...app, command: ['true'] },
        web: { ...app, depends_on: { migrate: { condition: 'service_completed_successfully' } } },
      },
    }),
    changes: { migrate: codeChanged, web: codeChanged },
    created: ['migrate-1', 'web-1'],
  },
  {
    name: 'removed',
    code: ['v1', 'v1'],
    compose: [{ services: { web: app, worker: app, db } }, { services: { web: app, db } }],
    changes: { db: 'stays', web: 'stays', worker: 'removed: no longer in the compose file' },
    created: [],
    removed: ['worker-1'],
  },
  {
    name: 'renamed',
    compose: [
      { services: { web: { ...app, container_name: 'shop', ports: ['8080:80'] } } },
      { services: { site: { ...app, container_name: 'shop', ports: ['8080:80'] } } },
    ],
    changes: { site: 'created: it has no container yet', web: 'removed: no longer in the compose file' },
    created: ['shop'],
    removed: ['shop'],
  },
  {
    name: 'portmoves',
    compose: [
      { services: { web: { ...app, ports: ['8080:80', '8081:80'] } } },
      { services: { web: { ...app, ports: ['8080:80'] }, api: { ...app, ports: ['8081:90'] } } },
    ],
    changes: { api: 'created: it has no container yet', web: 'replaced: code changed, configuration changed' },
    created: ['api-1', 'web-1'],
  },
  {
    name: 'replicas',
    compose: [{ services: { web: { ...app, scale: 2 } } }, { services: { web: { ...app, scale: 3 } } }],
    changes: { web: 'replaced: code changed, replicas 2 to 3' },
    created: ['web-1', 'web-2', 'web-3'],
  },
  {
    name: 'fewer',
    code: ['v1', 'v1'],
    compose: [{ services: { web: { ...app, scale: 3 } } }, { services: { web: { ...app, scale: 1 } } }],
    changes: { web: 'removed: replicas 3 to 1' },
    created: [],
    removed: ['web-2', 'web-3'],
  },
  {
    name: 'sidecar',
    compose: same({ services: { web: app, side: { ...db, network_mode: 'service:web' } } }),
    changes: { side: 'replaced: it depends on web', web: codeChanged },
    created: ['side-1', 'web-1'],
  },
  {
    name: 'secrets',
    compose: [
      { services: { web: { ...app, secrets: ['token'], configs: ['word'] } }, ...contents('one') },
      { services: { web: { ...app, secrets: ['token'], configs: ['word'] } }, ...contents('two') },
    ],
    env: [{ TOKEN: 't1' }, { TOKEN: 't2' }],
    changes: { web: codeChanged },
    created: ['web-1'],
  },
  {
    name: 'fixedip',
    compose: same({
      services: {
        web: { ...app, networks: { net: { ipv4_address: '10.77.0.10', aliases: ['shop'] }, other: {} } },
        worker: { ...db, networks: { net: { ipv4_address: '10.77.0.11' } } },
      },
      networks: { net: { ipam: { config: [{ subnet: '10.77.0.0/24' }] } }, other: {} },
    }),
    changes: { web: codeChanged, worker: 'stays' },
    created: ['web-1'],
  },
  {
    name: 'restarttrue',
    code: ['v1', 'v1'],
    compose: [restarting('1'), restarting('2')],
    changes: { db: 'replaced: configuration changed', web: 'replaced: it depends on db' },
    created: ['db-1', 'web-1'],
  },
  {
    name: 'profiles',
    compose: same({ services: { web: app, tool: { ...db, profiles: ['debug'], depends_on: ['web'] } } }),
    prepare: 'docker compose --profile debug up --detach --no-recreate tool',
    changes: { web: codeChanged },
    created: ['web-1'],
  },
  {
    name: 'volumesfrom',
    compose: same({
      services: {
        web: { ...app, volumes: ['/shared'], ipc: 'shareable' },
        worker: { ...db, volumes_from: ['web'], ipc: 'service:web', links: ['web'] },
      },
    }),
    changes: { web: codeChanged, worker: 'replaced: it depends on web' },
    created: ['web-1', 'worker-1'],
  },
  {
    name: 'newnetwork',
    compose: [
      { services: { web: app } },
      {
        services: { web: { ...app, networks: ['default', 'extra'], volumes: ['fresh:/fresh'] } },
        networks: { extra: {} },
        volumes: { fresh: {} },
      },
    ],
    changes: { web: 'replaced: code changed, configuration changed' },
    created: ['web-1'],
    networks: ['newnetwork_extra'],
    volumes: ['newnetwork_fresh'],
  },
  {
    name: 'waits',
    compose: same({
      services: {
        web: { ...app, ...healthy },
        worker: { ...app, depends_on: { web: { condition: 'service_healthy' } } },
      },
    }),
    changes: { web: codeChanged, worker: codeChanged },
    created: ['web-1', 'worker-1'],
  },
]

function contents(word: string) {
  return { secrets: { token: { environment: 'TOKEN' } }, configs: { word: { content: word } } }
}

function restarting(version: string): Compose {
  const depends_on = { db: { condition: 'service_started', restart: true } }
  return { services: { db: { ...db, environment: { VERSION: version } }, web: { ...app, depends_on } } }
}
