import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Dependencies } from '../../../../agent/interfaces/engine/compose-plan.ts'
import { findChangedAddresses } from '../../../../agent/swap/addresses/changed-addresses.ts'
import { type AddressKeeper, keepAddresses } from '../../../../agent/swap/addresses/keep-addresses.ts'
import { MemoryNetworks } from '../../support/memory-networks.ts'

const dependsOn = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [name, { condition: 'service_started', isRequired: true, restartsDependent: false } as const]),
  )

/** A stack of services with one container each, in the order of their addresses. */
class Stack {
  readonly networks: MemoryNetworks
  readonly #services: Record<string, Record<string, string[]>>
  readonly notes: string[] = []
  #before = new Map<string, Record<string, string[]>>()

  /** @param services names with the networks of their containers; a network may have a configured address. */
  constructor(services: Record<string, Record<string, string[]>>, networkNames = ['net']) {
    this.#services = services
    this.networks = new MemoryNetworks(...networkNames)
    for (const [name, networks] of Object.entries(services)) {
      this.networks.configured.set(`old ${name}`, networks)
      this.networks.configured.set(`new ${name}`, networks)
      this.networks.start(`old ${name}`)
    }
    this.readBefore()
  }

  readBefore(): void {
    const names = Object.keys(this.#services)
    this.#before = new Map(names.map((name) => [name, this.networks.addressesOf(`old ${name}`)]))
  }

  /**
   * Replaces services; calls `start` after the old containers have stopped.
   * `renamed` are services of which compose does not know the old container; it had the same name.
   */
  async swap(
    replaced: string[],
    start: (keeper: AddressKeeper) => Promise<unknown>,
    {
      added = [],
      renamed = [],
      dependencies = {},
    }: { added?: string[]; renamed?: string[]; dependencies?: Dependencies } = {},
  ): Promise<void> {
    for (const name of added) this.networks.configured.set(`new ${name}`, { net: [] })
    const starting = [
      ...replaced.map((name) => {
        const replaces = renamed.includes(name) ? null : `old ${name}`
        return { id: `new ${name}`, service: name, planned: { name, replaces } }
      }),
      ...added.map((name) => ({ id: `new ${name}`, service: name, planned: { name, replaces: null } })),
    ]
    const existing = [...this.#before].map(([name, addresses]) => ({ id: `old ${name}`, name, addresses }))
    const before = [...this.#before].map(([service, addresses]) => ({ name: service, service, addresses }))
    const note = async (text: string) => void this.notes.push(text)
    await using keeper = await keepAddresses({ project: 'code', starting, existing, dependencies }, this.networks, {
      note,
    })
    await keeper.prepare()
    for (const service of replaced) this.networks.stop(`old ${service}`)
    await start(keeper)
    for (const text of findChangedAddresses(before, this.#listNew())) await note(text)
  }

  /** Lists the new containers that run. */
  #listNew() {
    return Object.keys(this.#services).map((service) => {
      const ofNetworks = Object.entries(this.networks.addressesOf(`new ${service}`))
      const addresses = Object.fromEntries(ofNetworks.filter(([, ofNetwork]) => ofNetwork.length > 0))
      return { name: service, service, addresses }
    })
  }

  start(keeper: AddressKeeper, ...services: string[]): Promise<unknown> {
    return Promise.all(
      services.map((name) => keeper.start(`new ${name}`, async () => this.networks.start(`new ${name}`))),
    )
  }

  assertKept(...services: string[]): void {
    for (const name of services)
      assert.deepEqual(this.networks.addressesOf(`new ${name}`), this.#before.get(name), `${name}: ${this.notes}`)
    assert.deepEqual(this.notes, [])
  }

  assertNothingHeld(): void {
    assert.deepEqual(
      [...this.networks.networks.values()].flatMap((of) => [...of.values()]).filter((id) => /^place/.test(id)),
      [],
    )
  }
}

const inNet = { net: [] }

describe('a swap of several containers', () => {
  it('starts them in the order of their addresses, without placeholders', async () => {
    const stack = new Stack({ web: inNet, api: inNet, worker: inNet })
    await stack.swap(['web', 'api', 'worker'], (keeper) => stack.start(keeper, 'worker', 'web', 'api'))
    stack.assertKept('web', 'api', 'worker')
    assert.equal(stack.networks.holds, 0)
  })

  it('gives a renamed service the address of the container that had its name', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    const start = (keeper: AddressKeeper) => stack.start(keeper, 'api', 'web')
    await stack.swap(['web', 'api'], start, { renamed: ['web', 'api'] })
    stack.assertKept('web', 'api')
  })

  it('holds the address of a dependent while the service with a higher address starts first', async () => {
    const stack = new Stack({ web: inNet, api: inNet, proxy: inNet })
    const start = async (keeper: AddressKeeper) => {
      await stack.start(keeper, 'api')
      await stack.start(keeper, 'web')
    }
    await stack.swap(['web', 'api'], start, { dependencies: { web: dependsOn('api') } })
    stack.assertKept('web', 'api')
    assert.deepEqual([stack.networks.prepared, stack.networks.holds], [1, 1])
    stack.assertNothingHeld()
  })

  it('occupies an address that was free before, as after a removed container, before anything stops', async () => {
    const stack = new Stack({ gone: inNet, web: inNet, other: inNet, api: inNet })
    stack.networks.stop('old gone')
    stack.networks.stop('old other')
    await stack.swap(['api', 'web'], (keeper) => {
      assert.equal(stack.networks.holds, 2)
      return stack.start(keeper, 'api', 'web')
    })
    stack.assertKept('web', 'api')
    assert.equal(stack.networks.holds, 2)
    stack.assertNothingHeld()
  })

  it('keeps the addresses in each network, although their orders contradict each other', async () => {
    const stack = new Stack({ web: { net: [], back: [] }, api: { net: [], back: [] }, x: { net: [] } }, ['net', 'back'])
    stack.networks.networks.get('back')?.set(2, 'old api').set(3, 'old web')
    stack.readBefore()
    await stack.swap(['web', 'api'], (keeper) => stack.start(keeper, 'web', 'api'))
    stack.assertKept('web', 'api')
    assert.deepEqual(stack.networks.addressesOf('new web'), { net: ['10.1.0.2'], back: ['10.1.0.3'] })
    stack.assertNothingHeld()
  })

  it('gives an added container none of the addresses that the replaced ones had', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    const start = async (keeper: AddressKeeper) => {
      await stack.start(keeper, 'job')
      await stack.start(keeper, 'web', 'api')
    }
    await stack.swap(['web', 'api'], start, { added: ['job'] })
    stack.assertKept('web', 'api')
    assert.deepEqual(stack.networks.addressesOf('new job').net, ['10.1.0.4'])
  })

  it('leaves a configured address to its container, whatever starts first', async () => {
    const stack = new Stack({ fixed: { net: ['10.1.0.2'] }, web: inNet, late: { net: ['10.1.0.4'] } })
    await stack.swap(['fixed', 'web', 'late'], async (keeper) => {
      await stack.start(keeper, 'web')
      await stack.start(keeper, 'late', 'fixed')
    })
    stack.assertKept('fixed', 'web', 'late')
  })

  it('frees the address of a container that ended, so that its restart gets it again', async () => {
    const stack = new Stack({ proxy: inNet, web: inNet, api: inNet })
    await stack.swap(['proxy', 'web', 'api'], async (keeper) => {
      await stack.start(keeper, 'proxy')
      stack.networks.stop('new proxy')
      await stack.start(keeper, 'web')
      stack.networks.start('new proxy')
      await stack.start(keeper, 'api')
    })
    stack.assertKept('proxy', 'web', 'api')
  })

  it('notes a container that has another address, because somebody else took its own', async () => {
    const stack = new Stack({ web: inNet })
    await stack.swap(['web'], (keeper) => {
      stack.networks.networks.get('net')?.set(2, 'a container of another project')
      return stack.start(keeper, 'web')
    })
    assert.match(stack.notes.join(), /^web has the address 10\.1\.0\.3 in the network net, before 10\.1\.0\.2: /)
  })

  it('starts the containers although no address can be held', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    stack.networks.holdLowestAddress = () => Promise.reject(new Error('no space left on device'))
    await stack.swap(['web', 'api'], async (keeper) => {
      await stack.start(keeper, 'api')
      await stack.start(keeper, 'web')
    })
    assert.match(stack.notes[0] ?? '', /^containers may get other addresses: /)
    assert.match(stack.notes.at(-1) ?? '', /^api has the address 10\.1\.0\.2/)
  })

  it('fails, and does not wait for ever, if neither an address can be held nor a note be written', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    stack.networks.holdLowestAddress = () => Promise.reject(new Error('no space left on device'))
    stack.notes.push = () => {
      throw new Error('the log is full')
    }
    await stack.swap(['web', 'api'], async (keeper) => {
      await assert.rejects(stack.start(keeper, 'api'), /the log is full/)
      stack.notes.push = () => 0
    })
  })

  it('starts the next one as soon as the one before has its address, before its start has ended', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    const bothStarted = Promise.withResolvers<void>()
    await stack.swap(['web', 'api'], (keeper) =>
      Promise.all([
        keeper.start('new web', () => {
          stack.networks.start('new web')
          return bothStarted.promise
        }),
        keeper.start('new api', async () => {
          stack.networks.start('new api')
          bothStarted.resolve()
        }),
      ]),
    )
    stack.assertKept('web', 'api')
  })

  it('passes the failure of a start on, and starts the others', async () => {
    const stack = new Stack({ web: inNet, api: inNet })
    await stack.swap(['web', 'api'], async (keeper) => {
      const failing = keeper.start('new web', () => Promise.reject(new Error('port is allocated')))
      const other = stack.start(keeper, 'api')
      await assert.rejects(failing, /port is allocated/)
      await other
    })
    stack.assertKept('api')
  })

  it('starts a container without networks at once, and reads none', async () => {
    const stack = new Stack({ web: {} })
    stack.networks.readNetworkUse = () => assert.fail()
    await stack.swap(['web'], async (keeper) => {
      const calls: string[] = []
      const started = keeper.start('new web', async () => void calls.push('started'))
      assert.deepEqual(calls, ['started'])
      await started
    })
    assert.deepEqual(stack.notes, [])
  })
})
