import type { Project } from './project.ts'

const poller = `  poller:
    image: node:26-slim
    init: true
    command: [sleep, infinity]
    healthcheck: { test: "true", interval: 40s }
`

export const slowCheck: Project = {
  name: 'slow-check',
  description: 'Health checks with long intervals, a start period and retries',
  languages: 'C, sh',
  files: {
    'docker-compose.yml': `services:
  web:
    build: .
    ports: ["7000:7000"]
    environment: { NAME: clock }
    stop_grace_period: 2s
    healthcheck: { test: ["CMD", "/check"], interval: 40s, timeout: 3s, retries: 2 }
${poller}`,
    Dockerfile: `FROM debian:languages AS build
COPY *.c /
RUN tcc -o /clock /clock.c && tcc -o /check /check.c
FROM node:26-slim
COPY --from=build /clock /check /
CMD ["/clock"]
`,
    'clock.c': `#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static void leave(int signal) { _exit(0); }
int main(void) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(7000) };
  int yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
  const char *name = getenv("NAME"), *text = " one\\n";
  signal(SIGTERM, leave);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 64)) return 1;
  for (;;) {
    int client = accept(server, 0, 0);
    write(client, name, strlen(name));
    write(client, text, strlen(text));
    close(client);
  }
}
`,
    'check.c': `#include <netinet/in.h>
#include <sys/socket.h>
int main(void) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(7000) };
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) ? 1 : 0;
}
`,
  },
  ask: 'nc -w 2 127.0.0.1 7000 < /dev/null',
  code: { 'clock.c': [['" one', '" two']] },
  configuration: { 'docker-compose.yml': [['retries: 2', 'retries: 3, start_period: 90s']] },
  both: { 'clock.c': [['" two', '" three']], 'docker-compose.yml': [['NAME: clock', 'NAME: watch']] },
  services: { 'docker-compose.yml': [[poller, poller.replace('poller:', 'beat:')]] },
  failing: { 'clock.c': [['listen(server, 64)) return 1', 'listen(server, 64)) return 1; return 2']] },
}
