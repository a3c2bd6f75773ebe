import type { Project } from './project.ts'

const probe = `services:
  probe:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
`

export const severalFiles: Project = {
  name: 'several-files',
  description: 'COMPOSE_FILE with three files, its own separator, a project name and env files in .env',
  languages: 'sh, Perl',
  files: {
    '.env': `COMPOSE_PATH_SEPARATOR=,
COMPOSE_FILE=compose/base.yml,compose/production.yml,compose/probe.yml
COMPOSE_PROJECT_NAME=bakery
PORT=8081
`,
    'compose/base.yml': `services:
  web:
    build: { context: ../web, args: { FLAVOUR: plain } }
    environment: { OVEN: cold }
`,
    'compose/production.yml': `services:
  web:
    build: { args: { FLAVOUR: rye } }
    init: true
    ports: ["\${PORT}:80"]
    environment: { OVEN: hot }
`,
    'compose/probe.yml': probe,
    'web/Dockerfile': `FROM node:26-slim
ARG FLAVOUR=none
RUN echo $FLAVOUR > /flavour
COPY web.pl /
CMD ["perl", "/web.pl"]
`,
    'web/web.pl': `use strict; use warnings; use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => 80, Listen => 64, ReuseAddr => 1) or die $!;
while (1) {
  my $client = $server->accept or next;
  next if fork;
  while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/ }
  open(my $file, '<', '/flavour'); my $flavour = <$file>;
  print $client "HTTP/1.0 200 OK\\r\\n\\r\\nbakery one, $ENV{OVEN}, $flavour";
  exit 0;
}
`,
  },
  ask: 'curl -fsS 127.0.0.1:8081/ && docker compose ps --services',
  code: { 'web/web.pl': [['bakery one', 'bakery two']] },
  configuration: {
    'compose/production.yml': [
      ['FLAVOUR: rye', 'FLAVOUR: spelt'],
      ['OVEN: hot', 'OVEN: warm'],
    ],
  },
  both: {
    'web/web.pl': [['bakery two', 'bakery three']],
    'compose/base.yml': [['OVEN: cold', 'OVEN: cold, SHELF: top']],
  },
  services: { 'compose/probe.yml': probe.replace('probe:', 'inspector:') },
  failing: { 'compose/production.yml': [['init: true', 'init: true\n    entrypoint: [sh, -c, "exit 7"]']] },
}
