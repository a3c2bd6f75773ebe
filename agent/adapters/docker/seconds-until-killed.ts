// Finds containers that SIGTERM did not stop, so that Docker killed them: its event log holds the sent signals.
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'

interface KillEvent {
  timeNano: number
  Actor: { Attributes: { signal?: string } }
}

/**
 * Seconds that Docker waited after SIGTERM before it killed the container; null if the container stopped in time.
 * @param since milliseconds since 1970; earlier signals do not count.
 */
export async function secondsUntilKilled(docker: Docker, id: string, since: number): Promise<number | null> {
  const filters = JSON.stringify({ container: [id], event: ['kill'] })
  const until = Math.ceil(Date.now() / 1000)
  const stream = await docker.getEvents({ since: Math.floor(since / 1000), until, filters })
  const events = (await text(stream))
    .split('\n')
    .filter(Boolean)
    .map((line): KillEvent => JSON.parse(line))
  const [first] = events
  const kill = events.findLast(({ Actor }) => Actor.Attributes.signal === '9')
  return kill && first && first !== kill ? Math.round((kill.timeNano - first.timeNano) / 1e9) : null
}
