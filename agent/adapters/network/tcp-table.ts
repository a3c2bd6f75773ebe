// Parses the kernel's tables of TCP sockets, /proc/net/tcp and /proc/net/tcp6.

export interface TcpSocket {
  /** The local address, in hexadecimal as in the table. */
  hexAddress: string
  /** The local port. */
  port: number
  /** Two hexadecimal digits. Linux, include/net/tcp_states.h */
  state: string
}

/** Parses lines such as `0: 0100007F:0050 …:… 01 …`. */
export function parseTcpTable(table: string): TcpSocket[] {
  const lines = table.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm)
  return Array.from(lines, ([, hexAddress = '', port = '', state = '']) => ({
    hexAddress,
    port: Number.parseInt(port, 16),
    state,
  }))
}
