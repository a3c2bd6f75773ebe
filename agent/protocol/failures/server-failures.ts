// Lists failures that the server causes: files that are missing or not accessible, ports and addresses.

/** Sentences by code, as in ../failure.ts. */
export const serverSentences = {
  secret_missing: (d: { files: string[] }) => ({
    reason: `${d.files.length === 1 ? 'a secret is' : 'secrets are'} missing or empty: ${d.files.join(', ')}.`,
    help: `Write one: openssl rand -base64 24 | sudo tee ${d.files[0]} >/dev/null`,
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
  /** `user` is the agent's. `contextPath` is the path in its build context; null outside of one. */
  unreadable: (d: { path: string; user: string; isInClosedFolder: boolean; contextPath: string | null }) => {
    const reason = `the agent may not read ${d.path}.`
    if (d.contextPath !== null)
      return {
        reason: `the agent may not read ${d.path}, which is part of a build context. Leave it out of the image, or let the user ${d.user} read it.`,
        help: `Leave it out: echo ${quote(d.contextPath)} >> .dockerignore`,
      }
    if (d.isInClosedFolder) return { reason, help: `Look at the rights of its folders: namei -l ${quote(d.path)}` }
    return { reason, help: `Let it read: sudo chown ${d.user} ${quote(d.path)}` }
  },
  unwritable: ({ folders, user }: { folders: string[]; user: string }) => ({
    reason: `the agent may not write to ${folders.join(', ')}, where the revision changes files; Docker creates a missing folder of a bind mount as root.`,
    help: `Let it write: sudo chown ${user} ${folders.map(quote).join(' ')}`,
  }),
  address_missing: (d: { service: string; address: string }) => ({
    reason: `${d.service} publishes a port on ${d.address}, which is no address of this server now.`,
    help: 'Look: ip -brief address',
  }),
}

/** Quotes a path for a shell if it needs quotes. */
function quote(path: string): string {
  return /^[\w./:@%+,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
