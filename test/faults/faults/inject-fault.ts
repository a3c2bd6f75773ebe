// Injects a fault into a site from outside the agent.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultSite } from '../run/fault-site.ts'
import { fillCommand, freeCommand } from './disk-filler.ts'
import { actionsToArm, type Fault, filledFileSystem } from './fault.ts'

/** Longest time that a file system stays full when the deploy does not end. */
const maxFullMs = 30_000

/** Requests to the site for which an agent stays frozen. */
const requestsWhileFrozen = 150

const agentPid = '$(systemctl show -P MainPID bpt-deployer)'
const freezeAgent = `kill -STOP ${agentPid}`
const thawAgent = `kill -CONT ${agentPid}`

export interface PendingRequest {
  /** Resolves when every caller has an answer. */
  answers: Promise<unknown>
  hangUp(): void
}

/** Resolves when the fault is over: with true, or with false when the agent never came to the fault's boundary. */
export async function injectFault(
  fault: Fault,
  faultSite: FaultSite,
  { answers, hangUp }: PendingRequest,
): Promise<boolean> {
  const { kind, at, ms } = fault
  const { vm } = faultSite.site
  const run = (script: string) => vm.run(script, { timeoutMs: 90_000 })
  if (!at) await sleep(ms)
  else if (!(await faultSite.waitForArmedAction())) return false
  if (actionsToArm(fault).some(({ action }) => action !== 'stop')) return true
  // An agent that has stopped itself at a boundary continues once the fault has begun.
  const thaw = at ? thawAgent : ':'
  const freeze = (program: string, seconds: number) =>
    run(`kill -STOP $(pidof ${program}); ${thaw}; sleep ${seconds}; kill -CONT $(pidof ${program})`)
  if (kind === 'kill at random') await run('systemctl kill -s KILL --kill-whom=main bpt-deployer')
  // The agent continues at a random instant of the restart.
  if (kind === 'engine restart') await run(`systemctl restart docker & sleep ${(ms % 2000) / 1000}; ${thaw}; wait`)
  if (kind === 'journald frozen') await freeze('systemd-journald', (2000 + (ms % 3000)) / 1000)
  if (kind === 'engine frozen') await freeze('dockerd', (1000 + (ms % 4000)) / 1000)
  if (kind === 'agent frozen') {
    if (!at) await run(freezeAgent)
    await faultSite.probe.waitForRequests(requestsWhileFrozen)
    await run(thawAgent)
  }
  if (kind === 'agent restart') await run(`${thaw}; systemctl restart bpt-deployer`)
  const fileSystem = filledFileSystem(kind)
  if (fileSystem) {
    await run(`${fillCommand(fileSystem)}; ${thaw}`)
    await Promise.race([answers, sleep(maxFullMs)])
    await run(freeCommand(fileSystem))
  }
  if (kind === 'power cut') {
    hangUp()
    await faultSite.cutPower()
  }
  return true
}
