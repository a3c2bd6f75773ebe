// A push changes the code of a service and the configuration of others that depend on it.
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile, idleService, programFiles, programService } from './support/compared-stack.ts'

const stack = await ComparedStack.create('stacks-dependents')
after(() => stack[Symbol.asyncDispose]())

interface Kind {
  kind: string
  compose: (level: string) => string
  /** Script that changes what the containers hold, between the first push and the second. */
  use?: string
}

const web = programService('web', '    ports: ["80:80"]\n')

const kinds: Kind[] = [
  {
    kind: 'a worker that depends on it',
    compose: (level) =>
      composeFile(web, idleService('worker', `    environment: { LEVEL: ${level} }\n    depends_on: [web]\n`)),
  },
  {
    kind: 'two replicas that depend on it, and of the last of a chain',
    compose: (level) =>
      composeFile(
        web,
        idleService(
          'worker',
          `    environment: { LEVEL: ${level} }\n    depends_on: [web]\n    deploy: { replicas: 2 }\n`,
        ),
        idleService('middle', '    depends_on: [web]\n'),
        idleService('last', `    environment: { LEVEL: ${level} }\n    depends_on: [middle]\n`),
      ),
  },
  {
    kind: 'services in its network, in its process and IPC namespaces, and with its volumes and a link to it',
    compose: (level) =>
      composeFile(
        programService('web', '    ports: ["80:80"]\n    ipc: shareable\n    volumes: [/data]\n'),
        idleService('side', `    environment: { LEVEL: ${level} }\n    network_mode: service:web\n`),
        idleService('debug', `    environment: { LEVEL: ${level} }\n    pid: service:web\n    ipc: service:web\n`),
        idleService('copy', `    environment: { LEVEL: ${level} }\n    volumes_from: [web]\n    links: ["web:site"]\n`),
      ),
    use: 'docker exec code-web-1 sh -c "echo kept > /data/note"',
  },
]

for (const { kind, compose, use } of kinds)
  describe(`code of a service, and configuration of ${kind}`, () => {
    it('change in one push', async () => {
      await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': compose('low') })
      if (use) await stack.runOnBoth(use)
      await stack.deploy({ ...programFiles('web', 'two'), 'docker-compose.yml': compose('high') })
    })

    it('are put back exactly when the service does not start', async () => {
      await stack.deployFailing({ ...programFiles('web', 'exits'), 'docker-compose.yml': compose('other') })
    })

    it('are rolled back after the failure', async () => {
      await stack.rollBack()
    })
  })
