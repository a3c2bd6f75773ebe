// Reads the content of images, volumes, mounted files and containers, as far as a project has made it. A database is
// dumped, since its files differ between two equal databases.
import type { Vm } from '../../vm/vm.ts'
import type { Container, EngineObjects, Image } from './engine-objects.ts'

/** Images that every test VM has, so that their layers need no comparison. */
const baseImages = /^(?:node:26-slim|postgres(?::latest)?|debian:languages)$/

/** Files of a container's own layer that differ between two runs of a program. */
const runFiles =
  /^(?:tmp|run\/postgresql|var\/(?:tmp|run|cache|log)|root|dev|proc|sys|etc\/mtab)(?:\/|$)|\.(?:pid|sock)$/

interface Source {
  label: string
  kind: 'layer' | 'own layer' | 'volume' | 'bind'
  container: string
  directory: string
}

/** @returns lines by label: paths with their modes, owners and digests. */
export async function readContents(
  vm: Vm,
  { containers, images }: EngineObjects,
  isReference: boolean,
): Promise<Record<string, unknown>> {
  const baseLayers = new Set(
    images.filter(({ RepoTags }) => RepoTags.some((tag) => baseImages.test(tag))).flatMap(layersOf),
  )
  const sources = containers.flatMap((container): Source[] => {
    const name = container.Name.slice(1)
    const image = images.find(({ Id }) => Id === container.Image)
    const layers = image ? layersOf(image).filter((layer) => !baseLayers.has(layer)) : []
    return [
      ...layers.map((directory) => ({ label: `image of ${name}`, kind: 'layer' as const, container: name, directory })),
      {
        label: `own files of ${name}`,
        kind: 'own layer',
        container: name,
        directory: container.GraphDriver.Data.UpperDir,
      },
      ...container.Mounts.flatMap((mount) => mountSource(container, mount, isReference)),
    ]
  })
  const input = sources.map(({ kind, container, directory }) => [kind, container, directory].join('\t')).join('\n')
  const { stdout } = await vm.run(script, { input: `${input}\n` })
  const listings = stdout.split('\f\n').slice(1)
  const contents: Record<string, string[]> = {}
  for (const [index, { label, kind }] of sources.entries()) {
    const lines = (listings[index] ?? '').split('\n').filter((line) => line && isCompared(kind, line))
    contents[label] = [...(contents[label] ?? []), ...lines].toSorted()
  }
  const configs = containers.map(({ Name, Image: id }) => [
    `settings of the image of ${Name.slice(1)}`,
    images.find(({ Id }) => Id === id)?.Config,
  ])
  return { ...contents, ...Object.fromEntries(configs) }
}

/** Lists the directories of an image's layers. */
function layersOf({ GraphDriver: { Data } }: Image): string[] {
  return [Data.UpperDir, ...(Data.LowerDir?.split(':') ?? [])]
}

/**
 * A running container is asked by way of its own root, since it keeps the file that it has mounted when a checkout
 * replaces the file. Compose leaves such a container alone; the reference is therefore the file on the disk.
 */
function mountSource(
  { Name, State }: Container,
  { Type, Source, Destination }: Container['Mounts'][number],
  isReference: boolean,
): Source[] {
  if ((Type !== 'bind' && Type !== 'volume') || Source.startsWith('/var/run') || Source.startsWith('/run')) return []
  const directory = State.Pid > 0 && !isReference ? `/proc/${State.Pid}/root${Destination}` : Source
  return [{ label: `${Destination} of ${Name.slice(1)}`, kind: Type, container: Name.slice(1), directory }]
}

function isCompared(kind: Source['kind'], line: string): boolean {
  const [type, , , path = ''] = line.split('\t')
  // Directories that a mount needs are in a container's own layer, with modes of the moment.
  return kind !== 'own layer' || (type === 'f' && !runFiles.test(path))
}

/** Prints for each line of its input a listing of: type, mode, owner, path, target of a link, digest. */
const script = `
list() {
  find . -name .git -prune -o ! -type f -printf '%y\\t%m\\t%U:%G\\t%P\\t%l\\n'
  find . -name .git -prune -o -type f -printf '%m\\t%U:%G\\t%P\\t' -exec sha256sum {} \\; | awk -F'\\t' '{ print "f\\t" $1 "\\t" $2 "\\t" $3 "\\t\\t" substr($4, 1, 16) }'
}
while IFS=$'\\t' read -r kind container directory; do
  printf '\\f\\n'
  if [ "$kind" = volume ] && [ -e "$directory/PG_VERSION" ]; then
    docker exec "$container" sh -c 'pg_dumpall -U "\${POSTGRES_USER:-postgres}" --no-role-passwords' < /dev/null 2>&1 |
      grep -vE '^(.(un)?restrict |--|$)'
  elif [ ! -d "$directory" ]; then sha256sum < "$directory" 2>&1 | cut -c 1-16
  elif [ "$kind" = bind ]; then (cd "$directory" && list | cut -f 1,4-)
  else (cd "$directory" && list); fi
done`
