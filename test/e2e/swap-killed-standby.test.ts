// An agent that is killed in the middle of a swap by a standby goes on when it is back, and nothing is left.
import { after, describe } from 'node:test'
import { killed } from './support/killed-agent.ts'
import { site } from './support/site.ts'

const here = await site('swap-killed-twin')
after(() => here.close())

describe('an agent that is killed while a container is swapped', () => {
  killed(here, 'standby', 'web.bpt-standby')
  killed(here, 'standby', 'web')
})
