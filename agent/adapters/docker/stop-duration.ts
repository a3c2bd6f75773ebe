// Which containers had to be killed, since SIGTERM did not end them: Docker remembers the signals that it sent.
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'

interface Sent {
  timeNano: number
  Actor: { Attributes: { signal?: string; name?: string } }
}

/** Seconds that Docker waited for a container before it killed it; null where it did not have to. */
export async function secondsUntilKilled(docker: Docker, id: string, since: number): Promise<number | null> {
  const filters = JSON.stringify({ container: [id], event: ['kill'] })
  const until = Math.ceil(Date.now() / 1000)
  const stream = await docker.getEvents({ since: Math.floor(since / 1000), until, filters })
  const sent = (await text(stream))
    .split('\n')
    .filter(Boolean)
    .map((line): Sent => JSON.parse(line))
  const killed = sent.findLast(({ Actor }) => Actor.Attributes.signal === '9')
  const [asked] = sent
  return killed && asked && asked !== killed ? Math.round((killed.timeNano - asked.timeNano) / 1e9) : null
}
