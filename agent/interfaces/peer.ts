// Describes the other end of a connection as the kernel and NSS know it: a client cannot lie about it.

export interface Peer {
  uid: number
  pid: number
  /** The user's name, or `uid 1234` for a uid without one. */
  name: string
}
