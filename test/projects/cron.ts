import type { Project } from './project.ts'

const nightly = `  nightly:
    build: .
    restart: "no"
    command: [perl, /job.pl, nightly]
    volumes: ["results:/results"]
`

export const cron: Project = {
  name: 'cron',
  description: 'Jobs that nobody waits for, beside a scheduler; no ports at all',
  languages: 'Perl, sh',
  files: {
    'docker-compose.yml': `services:
  scheduler:
    build: .
    init: true
    restart: unless-stopped
    command: [sh, -c, "echo started > /results/scheduler; exec sleep infinity"]
    environment: { EVERY: minute }
    volumes: ["results:/results"]
  once:
    build: .
    restart: "no"
    command: [perl, /job.pl, once]
    volumes: ["results:/results"]
  optional:
    image: node:26-slim
    restart: "no"
    command: [sh, -c, "exit 0"]
${nightly}volumes: { results: }
`,
    Dockerfile: 'FROM node:26-slim\nCOPY job.pl /\n',
    'job.pl': `my ($name) = @ARGV;
open(my $file, '>', "/results/$name") or die; print $file "$name one\\n"; close $file;
`,
  },
  ask: 'docker compose exec -T scheduler sh -c "cat /results/*"',
  code: { 'job.pl': [['$name one', '$name two']] },
  configuration: { 'docker-compose.yml': [['EVERY: minute', 'EVERY: hour']] },
  both: { 'job.pl': [['$name two', '$name three']], 'docker-compose.yml': [['EVERY: hour', 'EVERY: day']] },
  services: { 'docker-compose.yml': [[nightly, nightly.replaceAll('nightly', 'weekly')]] },
  failing: { 'docker-compose.yml': [['exec sleep infinity', 'exit 4']] },
}
