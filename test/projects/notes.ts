import type { Project } from './project.ts'

const archiver = `  archiver:
    build: { context: ., target: archiver }
    init: true
    depends_on: { db: { condition: service_healthy } }
    volumes: ["archive:/archive"]
`

export const notes: Project = {
  name: 'notes',
  description: 'Notes in a database; a job migrates before the site and a worker start',
  languages: 'Perl, SQL, sh',
  files: {
    'docker-compose.yml': `services:
  web:
    build: { context: ., target: web }
    restart: unless-stopped
    ports: ["80:80"]
    environment: { PGHOST: db, PGUSER: postgres, PGPASSWORD: ink, TITLE: Notes }
    depends_on:
      migrate: { condition: service_completed_successfully }
  migrate:
    build: { context: ., target: migrate }
    restart: "no"
    environment: { PGHOST: db, PGUSER: postgres, PGPASSWORD: ink }
    depends_on: { db: { condition: service_healthy } }
${archiver}  db:
    image: postgres
    restart: unless-stopped
    environment: { POSTGRES_PASSWORD: ink }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: pg_isready -h 127.0.0.1 -U postgres, interval: 1s }
volumes: { data: , archive: }
`,
    Dockerfile: `FROM postgres AS web
COPY web.pl /
ENTRYPOINT ["perl", "/web.pl"]
CMD []
FROM postgres AS migrate
COPY schema.sql /
ENTRYPOINT ["psql", "-v", "ON_ERROR_STOP=1", "-q", "-f", "/schema.sql"]
CMD []
FROM postgres AS archiver
ENTRYPOINT ["sh", "-c", "echo ready > /archive/state; exec sleep infinity"]
CMD []
`,
    'web.pl': `use strict; use warnings; use IO::Socket::INET;
my $version = 'one';
$SIG{TERM} = $SIG{INT} = sub { exit 0 }; $SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => 80, Listen => 64, ReuseAddr => 1) or die $!;
while (1) {
  my $client = $server->accept or next;
  next if fork;
  while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/ }
  my $rows = qx(psql -Atc 'select * from notes order by 1' 2>&1);
  my $body = "$ENV{TITLE} $version\\n$rows";
  print $client "HTTP/1.0 200 OK\\r\\nContent-Length: " . length($body) . "\\r\\n\\r\\n$body";
  exit 0;
}
`,
    'schema.sql': `create table if not exists notes (id int primary key, body text);
`,
  },
  addData: `docker compose exec -T db psql -qU postgres -c "insert into notes values (1, 'buy ink')"`,
  ask: 'curl -fsS 127.0.0.1:80/',
  code: { 'web.pl': [["'one'", "'two'"]] },
  configuration: { 'docker-compose.yml': [['TITLE: Notes', 'TITLE: Our notes']] },
  both: {
    'web.pl': [["'two'", "'three'"]],
    'schema.sql': `create table if not exists notes (id int primary key, body text);
alter table notes add column if not exists colour text default 'blue';
`,
    'docker-compose.yml': [['POSTGRES_PASSWORD: ink }', 'POSTGRES_PASSWORD: ink, POSTGRES_DB: postgres }']],
  },
  services: {
    'docker-compose.yml': [
      [
        archiver,
        '  mirror:\n    image: postgres\n    init: true\n    entrypoint: [sleep, infinity]\n    command: []\n',
      ],
    ],
  },
  failing: { 'schema.sql': 'alter table missing add column colour text;\n', 'web.pl': [["'three'", "'four'"]] },
}
