// Finds the command that helps after a refusal of the engine or of compose, by the words of the refusal.

/** Words of moby, runc and compose, each with the advice; `$1` stands for the first group. */
const advices: [words: RegExp, advice: string][] = [
  [/port is already allocated|address already in use/i, 'Look which program has the port: sudo ss -ltnp; docker ps'],
  [/cannot assign requested address/i, 'Look: ip -brief address'],
  [/network (\S+) (?:declared as external, but could not be found|not found)/i, 'Create it: docker network create $1'],
  [/volume "?([^"\s]+)"? (?:declared as )?external, but could not be found/i, 'Create it: docker volume create $1'],
  [/external volume "([^"]+)" not found/i, 'Create it: docker volume create $1'],
  [/(?:pool overlaps with other one|address pools)/i, 'Remove unused networks: docker network prune'],
  [/bind source path does not exist: (\S+)/i, 'Create it: sudo mkdir -p $1'],
  [/container name "\/?([^"]+)" is already in use/i, 'Look: docker ps -a --filter name=$1'],
  [/exec: "[^"]+": permission denied/i, 'Let git keep it executable: git update-index --chmod=+x FILE'],
  [/exec format error/i, 'Look for the processor of the image: docker image inspect IMAGE --format {{.Architecture}}'],
  [/could not select device driver|unknown or invalid runtime name/i, 'Look: docker info --format {{.Runtimes}}'],
  [/no space left on device/i, 'Look: df -h; df -i; docker system df'],
  [/no such image|pull access denied/i, 'Look: docker image ls'],
]

/** Returns null if no advice is known. */
export function engineAdvice(reason: string): string | null {
  for (const [words, advice] of advices) {
    const match = words.exec(reason)
    if (match) return advice.replace('$1', match[1] ?? '')
  }
  return null
}
