// Finds the command that helps after a refusal of the engine or of compose, by the words of the refusal.

/** The right to use the socket is that of its group. */
export const socketAdvice = 'Look for the group of the socket: ls -l /run/docker.sock; id bpt-deployer'

/** Words of moby, runc and compose, each with the advice; `$1` stands for the first group. */
const advices: [words: RegExp, advice: string][] = [
  [
    /port is already allocated|address already in use/i,
    'Look if the compose file names it twice, and which program has it: sudo ss -ltnp; docker ps',
  ],
  [/cannot assign requested address/i, 'Look: ip -brief address'],
  [/network (\S+) (?:declared as external, but could not be found|not found)/i, 'Create it: docker network create $1'],
  [/volume "?([^"\s]+)"? (?:declared as )?external, but could not be found/i, 'Create it: docker volume create $1'],
  [/external volume "([^"]+)" not found/i, 'Create it: docker volume create $1'],
  [/(?:pool overlaps with other one|address pools)/i, 'Remove unused networks: docker network prune'],
  [/bind source path does not exist: (\S+)/i, 'Create it; if it is to be a folder: sudo mkdir -p $1'],
  [/container name "\/?([^"]+)" is already in use/i, 'Look: docker ps -a --filter name=$1'],
  [/the name (\S+) is taken by/i, 'If nobody needs that container: docker rm -f $1'],
  [
    /lookup (\S+?)(?: on \S+)?: (?:no such host|.*(?:timeout|misbehaving|refused))/i,
    'Look if the server finds it: getent hosts $1',
  ],
  [/toomanyrequests|rate limit/i, 'Log in for more pulls: sudo -H -u bpt-deployer docker login'],
  [
    /checksum of ref [^"]*"\/?([^"]+)": not found/i,
    'Look if it is committed, and not in .dockerignore: git ls-files $1',
  ],
  [
    /exec: "([^"]+)": (?:stat|executable file not found)/i,
    'The image has no $1. Look at the command of the service: docker compose config',
  ],
  [/exec: "(?:[^"]*\/)?([^"/]+)": permission denied/i, 'Let git keep it executable: git update-index --chmod=+x $1'],
  [/unable to prepare context: path "([^"]+)" not found/i, 'Look if git has files in it: git ls-files'],
  [/failed to read dockerfile: open (\S+):/i, 'Look if it is committed: git ls-files $1'],
  [/custom device "([^"]+)"/i, 'Look: ls -l $1'],
  [/env file (\S+) not found/i, 'Commit it, or write it on the server: ls -la $1'],
  [
    /required variable (\S+) is missing a value/i,
    'Set it on the server, in the .env beside the compose file: $1=VALUE',
  ],
  [/\bopen (\S+): no such file or directory/i, 'Look if it is committed: git ls-files'],
  [/exec format error/i, 'Look for the processor of the image: docker image inspect IMAGE --format {{.Architecture}}'],
  [/permission denied while trying to connect to the docker/i, socketAdvice],
  [/cannot connect to the docker daemon/i, 'Look: systemctl status docker'],
  [/could not select device driver|unknown or invalid runtime name/i, 'Look: docker info --format {{.Runtimes}}'],
  [/no space left on device/i, 'Look: df -h; df -i; docker system df'],
  [/no such image/i, 'Look: docker image ls'],
]

/** Returns null if no advice is known. */
export function engineAdvice(reason: string): string | null {
  for (const [words, advice] of advices) {
    const match = words.exec(reason)
    if (match) return advice.replace('$1', match[1] ?? '')
  }
  return null
}
