// Who is at the other end of a connection, as the kernel and NSS tell it, never as the client does.

export interface Peer {
  uid: number
  pid: number
  /** The user's name, or `uid 1234` for a uid without one. */
  name: string
}
