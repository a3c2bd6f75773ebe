// An agent that is killed in the middle of a swap by a standby goes on when it is back, and nothing is left.
import { after, describe } from 'node:test'
import { describeKilledAgent } from './support/killed-agent.ts'
import { createSite } from './support/site.ts'

const site = await createSite('swap-killed-twin')
after(() => site.close())

describe('an agent that is killed while a container is swapped', () => {
  describeKilledAgent(site, 'standby', 'web.bpt-standby')
  describeKilledAgent(site, 'standby', 'web')
})
