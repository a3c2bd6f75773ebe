// Lists the stacks of a run. Settings change with every second commit, so that pushes of code alone come as well.
import { extendReference, type FaultStack, idleLines, referenceCompose } from './fault-stack.ts'

const level = (count: number) => `v${count >> 1}`
const isEven = (count: number) => count % 2 === 0
const environment = (count: number) => `    environment: { LEVEL: ${level(count)} }\n`

export const referenceStack = stack('reference', [], () => referenceCompose)

export const allStacks: FaultStack[] = [
  referenceStack,
  stack('job', ['migrate'], (count) =>
    extendReference({
      dependsOn: '      migrate: { condition: service_completed_successfully }\n',
      services: `  migrate:
    image: node:26-slim
    restart: "no"
    command: [sh, -c, "echo ${level(count)} > /notes/state"]
    volumes: ["notes:/notes"]
`,
      end: 'volumes: { notes: }\n',
    }),
  ),
  stack('worker', ['worker'], (count) =>
    extendReference({
      services: idleLines(
        'worker',
        `${environment(count)}    depends_on: { bpt-server: { condition: service_healthy } }\n`,
      ),
    }),
  ),
  stack('sidecar', ['side'], (count) =>
    extendReference({
      services: idleLines('side', `${environment(count)}    network_mode: service:bpt-server\n`).replace(
        '    networks: [prod-net]\n',
        '',
      ),
    }),
  ),
  stack('anonymous volume', ['keeper'], (count) =>
    extendReference({
      server: '    volumes: [/data]\n',
      services: idleLines('keeper', `${environment(count)}    volumes: [/kept]\n`),
    }),
  ),
  {
    name: 'added and removed',
    containers: (count) => [isEven(count) ? 'code-even-1' : 'code-odd-1'],
    files: (count) => ({
      'docker-compose.yml': extendReference({ services: idleLines(isEven(count) ? 'even' : 'odd') }),
      '.env': '',
    }),
  },
  stack('renamed', [], (count) =>
    referenceCompose.replace('  bpt-server:\n', `  ${isEven(count) ? 'site' : 'shop'}:\n`),
  ),
  stack('moving port', ['extra'], (count) =>
    extendReference({
      services: `  extra:
    image: node:26-slim
    init: true
    command: [node, -e, "require('http').createServer((_, answer) => answer.end()).listen(80)"]
${isEven(count) ? '    ports: ["8081:80"]\n' : ''}`,
    }).replace('      - "80:80"\n', (line) => (isEven(count) ? line : `${line}      - "8081:80"\n`)),
  ),
  {
    name: 'secret by environment',
    containers: () => ['code-worker-1'],
    files: (count) => ({
      'docker-compose.yml': extendReference({
        services: idleLines('worker', '    secrets: [token]\n    configs: [{ source: rules, target: /rules }]\n'),
        end: `configs: { rules: { content: "rules ${level(count)}" } }\n`,
      }).replace('\nsecrets:\n', '\nsecrets:\n  token: { environment: TOKEN }\n'),
      '.env': `TOKEN=${level(count)}\n`,
    }),
  },
]

function stack(name: string, services: string[], compose: (count: number) => string): FaultStack {
  return {
    name,
    containers: () => services.map((service) => `code-${service}-1`),
    files: (count) => ({ 'docker-compose.yml': compose(count), '.env': '' }),
  }
}
