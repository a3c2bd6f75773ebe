// Lends CAP_NET_ADMIN to nft alone; no other child of the agent inherits it.
import koffi from 'koffi'

// Linux, include/uapi/linux/prctl.h and capability.h
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_RAISE = 2
const PR_CAP_AMBIENT_LOWER = 3
const CAP_NET_ADMIN = 12

const prctl = koffi.load(null).func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)')

/** Takes the capability from children that start from now on, except inside of `withNetAdmin`. */
export function dropNetAdmin(): void {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_ADMIN, 0, 0)
}

/**
 * Runs `start`, whose children inherit the capability if the agent has it.
 * @param start must have started the child when it returns; a child that starts later does not inherit.
 */
export function withNetAdmin<T>(start: () => T): T {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0)
  try {
    return start()
  } finally {
    dropNetAdmin()
  }
}
