// Kills agents during a swap by standby.
import { after, describe } from 'node:test'
import { describeKilledAgent } from './support/killed-agent.ts'
import { createSite } from './support/site.ts'

const site = await createSite('swap-killed-standby')
after(() => site.close())

describe('an agent that is killed during a swap', () => {
  describeKilledAgent(site, 'standby', 'web.bpt-standby')
  describeKilledAgent(site, 'standby', 'web')
})
