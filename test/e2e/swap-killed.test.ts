// Kills agents during a swap by hold and during a plain swap.
import { after, describe } from 'node:test'
import { describeKilledAgent } from './support/killed-agent.ts'
import { createSite } from './support/site.ts'

const site = await createSite('swap-killed')
after(() => site.close())

describe('an agent that is killed during a swap', () => {
  describeKilledAgent(site, 'hold', 'web')
  describeKilledAgent(site, 'plain', 'web')
})
