// Gates: what comes to one goes on when a test opens it. A gate is a pipe (FIFO) that is read until somebody has written.
import type { Vm } from '../vm/vm.ts'

export interface Gate {
  /** Where the pipe is in the container that waits: in memory, so that no image holds it. */
  path: string
  /** The process that waits. */
  reader: string
  /** What a shell runs that waits. */
  script: string
}

export function gate(name: string): Gate {
  const path = `/dev/shm/${name}`
  const reader = `cat ${path}`
  return { path, reader, script: `mkfifo ${path}; ${reader}` }
}

export function openings({ path, reader }: Gate): string {
  // A reader may be gone by now, and nobody else would ever come.
  return `for pid in $(pgrep -xf '${reader}'); do timeout 5 sh -c ": > /proc/$pid/root${path}"; done`
}

/** Opens it, for whoever comes to it, until no deploy is left: what was cut off and begins again comes to it again. */
export function openUntilIdle(vm: Vm, gate: Gate): Promise<void> {
  const idle = "bptctl status --json | jq -e '.running == null and .waitingCount == 0'"
  return vm.waitFor(`${openings(gate)}; ${idle}`, { what: 'all deploys have ended' })
}
