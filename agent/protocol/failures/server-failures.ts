// Lists failures that the server causes: files and programs that are missing or not accessible, ports and addresses.
import { endSentence } from '../deploy-text.ts'

/** Sentences by code, as in ../failure.ts. */
export const serverSentences = {
  /** `folder` has to be created for the first file; null if it exists. */
  secret_missing: ({ files, folder = null }: { files: string[]; folder?: string | null }) => ({
    reason: `${files.length === 1 ? 'a secret is' : 'secrets are'} missing or empty: ${files.join(', ')}.`,
    help: `Write one: ${folder === null ? '' : `sudo mkdir -p ${quotePath(folder)}; `}openssl rand -base64 24 | sudo tee ${quotePath(files[0] ?? '')} >/dev/null`,
  }),
  /** The agent cannot tell if such a file is there, or something else is in its place. */
  secret_unusable: (d: { file: string; problem: 'a folder' | 'unreachable'; reason: string }) =>
    d.problem === 'a folder'
      ? {
          reason: `the secret ${d.file} is a folder: Docker creates one for a file that is missing when a container starts.`,
          help: `Remove it if it is empty, and write the file: sudo rmdir ${quotePath(d.file)}`,
        }
      : {
          reason: `the secret ${d.file} cannot be read: ${endSentence(d.reason)}`,
          help: `Look: namei -l ${quotePath(d.file)}`,
        },
  plugin_missing: ({ plugin, user }: { plugin: 'compose' | 'buildx'; user: string }) => ({
    reason: `docker ${plugin} is not installed for ${user}, the agent's user. A plugin in /root/.docker/cli-plugins is there for root only.`,
    help: `Install that one for all users: sudo install -D /root/.docker/cli-plugins/docker-${plugin} /usr/local/lib/docker/cli-plugins/docker-${plugin}`,
  }),
  /** `holder` is a running container outside of the project; null if the port is another program's. */
  port_taken: ({
    ports,
    holder,
  }: {
    ports: number[]
    holder: { container: string; project: string | null } | null
  }) => {
    const by = holder ? `the container ${holder.container}` : 'another program'
    const of = holder?.project ? ` of the compose project ${holder.project}` : ''
    const help = holder ? `Stop it: docker stop ${holder.container}` : 'Look: sudo ss -ltnp'
    return {
      reason: `${ports.length === 1 ? `port ${ports[0]} is` : `ports ${ports.join(', ')} are`} taken by ${by}${of}.`,
      help,
    }
  },
  /** `contextPath` is the path in its build context; null outside of one. */
  unreadable: (d: { path: string; contextPath: string | null; remedy: AccessRemedy }) =>
    d.contextPath === null
      ? { reason: `the agent may not read ${d.path}.`, help: remedyText(d.remedy, 'r', [d.path]) }
      : {
          reason: `the agent may not read ${d.path}, which is part of a build context. Leave it out of the image, or let the agent's user read it.`,
          help: `Leave it out: echo ${quotePath(d.contextPath)} >> .dockerignore; or, if nothing else needs its owner: ${ownCommand(d.remedy, d.path)}`,
        },
  unwritable: ({ folders, remedy }: { folders: string[]; remedy: AccessRemedy }) => ({
    reason: `the agent may not write to ${folders.join(', ')}, where the revision changes files; Docker creates a missing folder of a bind mount as root.`,
    help: remedyText(remedy, 'w', folders),
  }),
  address_missing: (d: { service: string; address: string }) => ({
    reason: `${d.service} publishes a port on ${d.address}, which is no address of this server now.`,
    help: 'Look: ip -brief address',
  }),
}

/** The change that gives the agent its rights without taking them from others; `look` if only a person can tell. */
export type AccessRemedy = 'let group' | { owner: string } | 'look'

function remedyText(remedy: AccessRemedy, right: 'r' | 'w', paths: string[]): string {
  const quoted = paths.map(quotePath).join(' ')
  if (remedy === 'look') return `Look at the rights of its folders: namei -l ${quoted}`
  const command = remedy === 'let group' ? `chmod g+${right}` : `chown ${remedy.owner}`
  return `Let it ${right === 'r' ? 'read' : 'write'}: sudo ${command} ${quoted}`
}

/** Returns the command that lets the agent read a path and everything below it. */
function ownCommand(remedy: AccessRemedy, path: string): string {
  const quoted = quotePath(path)
  if (remedy === 'let group') return `sudo chmod -R g+rX ${quoted}`
  return `sudo chown -R ${remedy === 'look' ? 'bpt-deployer' : remedy.owner} ${quoted}`
}

/** Quotes a path for a shell if it needs quotes. */
export function quotePath(path: string): string {
  return /^[\w./:@%+,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
