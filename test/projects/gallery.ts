import type { Project } from './project.ts'

const thumbnails = `  thumbnails:
    image: debian:languages
    init: true
    command: [lua5.4, /lua/thumbnails.lua]
    volumes: ["./lua:/lua:ro", "pictures:/pictures"]
    restart: on-failure
`

export const gallery: Project = {
  name: 'gallery',
  description: 'Only images, nothing is built: programs and pages are mounted from the repository',
  languages: 'PHP, Lua',
  files: {
    'docker-compose.yml': `services:
  web:
    image: debian:languages
    init: true
    command: [php, -S, "0.0.0.0:80", -t, /site]
    ports: ["80:80"]
    environment: { THEME: light }
    volumes: ["./site:/site:ro", "pictures:/pictures"]
${thumbnails}volumes: { pictures: }
`,
    'site/index.php': `<?php echo getenv('THEME'), " gallery one\\n", implode(' ', array_diff(scandir('/pictures'), ['.', '..'])), "\\n";\n`,
    'lua/thumbnails.lua': `local out = assert(io.open('/pictures/index', 'w'))
out:write('thumbnails one\\n')
out:close()
os.execute('exec sleep infinity')
`,
  },
  addData: 'docker compose exec -T web touch /pictures/cat.jpg',
  ask: 'curl -fsS 127.0.0.1/',
  code: { 'site/index.php': [['gallery one', 'gallery two']] },
  configuration: { 'docker-compose.yml': [['THEME: light', 'THEME: dark']] },
  both: {
    'site/index.php': [['gallery two', 'gallery three']],
    'lua/thumbnails.lua': [['thumbnails one', 'thumbnails two']],
    'docker-compose.yml': [['THEME: dark', 'THEME: grey']],
  },
  services: {
    'docker-compose.yml': [
      [
        thumbnails,
        '  backup:\n    image: postgres\n    entrypoint: [tail, -f, /dev/null]\n    init: true\n    volumes: ["pictures:/pictures:ro"]\n',
      ],
    ],
  },
  failing: { 'docker-compose.yml': [['[php, -S', '[php, --no-such-option, -S']] },
  forced: ['both'],
}
