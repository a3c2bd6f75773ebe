// The kernel's tables of TCP sockets, as /proc/net/tcp and /proc/net/tcp6 show them.

export interface TcpSocket {
  /** The local address as the kernel writes it. */
  hexAddress: string
  /** The local port. */
  port: number
  /** Two hexadecimal digits. Linux, include/net/tcp_states.h */
  state: string
}

/** What stands in each line `0: 0100007F:0050 …:… 01 …`. */
export function parseTcpTable(table: string): TcpSocket[] {
  const lines = table.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm)
  return Array.from(lines, ([, hexAddress = '', port = '', state = '']) => ({
    hexAddress,
    port: Number.parseInt(port, 16),
    state,
  }))
}
