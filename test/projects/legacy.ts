import type { Project } from './project.ts'

const ftp = `  ftp:
    image: node:26-slim
    container_name: office-ftp
    init: true
    command: [sleep, infinity]
    volumes_from: ["files:ro"]
`

export const legacy: Project = {
  name: 'legacy',
  description: 'An old file: version, links, volumes_from, container_name, a project name, expose, default bridge',
  languages: 'PHP',
  files: {
    'docker-compose.yml': `version: "3.3"
name: office
services:
  web:
    build: web
    container_name: office-web
    hostname: office
    restart: always
    init: true
    links: ["files:storage"]
    ports: ["8000:80"]
    expose: ["9000"]
    environment:
      - TITLE=Office
  files:
    image: debian:languages
    init: true
    container_name: office-files
    command: php -S 0.0.0.0:80 -t /files
    volumes: [/files]
  alone:
    image: node:26-slim
    init: true
    network_mode: bridge
    command: sleep infinity
  offline:
    image: node:26-slim
    init: true
    network_mode: none
    command: sleep infinity
${ftp}`,
    'web/Dockerfile': 'FROM debian:languages\nCOPY index.php /site/\nCMD ["php", "-S", "0.0.0.0:80", "-t", "/site"]\n',
    'web/index.php': `<?php echo getenv('TITLE'), ' one on ', gethostname(), ' with ', @file_get_contents('http://storage/list') ?: 'nothing', "\\n";\n`,
  },
  addData: 'docker exec office-files sh -c "echo a list > /files/list"',
  ask: 'curl -fsS 127.0.0.1:8000/',
  code: { 'web/index.php': [[' one on', ' two on']] },
  configuration: { 'docker-compose.yml': [['TITLE=Office', 'TITLE=Back office']] },
  both: {
    'web/index.php': [[' two on', ' three on']],
    'docker-compose.yml': [
      ['TITLE=Back office', 'TITLE=Front office'],
      ['-t /files', '-t /files/'],
    ],
  },
  services: { 'docker-compose.yml': [[ftp, ftp.replace('ftp:', 'sftp:').replace('office-ftp', 'office-sftp')]] },
  failing: {
    'docker-compose.yml': [
      ['container_name: office-web', 'container_name: office-web\n    command: [php, -r, "exit(8);"]'],
    ],
  },
}
