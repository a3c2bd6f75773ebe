// Describes the other end of a connection as the kernel and NSS report it: a client cannot forge it.

export interface Peer {
  uid: number
  pid: number
  /** The user's name, or `uid 1234` for a uid without one. */
  name: string
}
