// CAP_NET_ADMIN is for nft alone: nothing else that the agent starts inherits it.
import koffi from 'koffi'

// Linux, include/uapi/linux/prctl.h and capability.h
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_RAISE = 2
const PR_CAP_AMBIENT_LOWER = 3
const CAP_NET_ADMIN = 12

const prctl = koffi.load(null).func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)')

/** From now on children get it by `withNetAdmin` only. */
export function dropNetAdmin(): void {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_ADMIN, 0, 0)
}

/** @param start starts a child before it returns. Without the capability the child does without, too. */
export function withNetAdmin<T>(start: () => T): T {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0)
  try {
    return start()
  } finally {
    dropNetAdmin()
  }
}
