// Creates the containers of a kept plan without compose.
import type Docker from 'dockerode'
import { EngineClient } from '../guard/engine-client.ts'
import { createRequest, type PlanRecord, type RecordedContainer } from '../guard/plan-record.ts'
import { removeCreated } from '../remove-created.ts'

/** Gives the record the ids of the created containers. Returns false, and leaves none, if the engine refuses one. */
export async function createPlanned(docker: Docker, engineSocket: string, record: PlanRecord): Promise<boolean> {
  const engine = new EngineClient(engineSocket)
  const containers = [...record.created.values()]
  record.created.clear()
  const results = await Promise.allSettled(containers.map((container) => createContainer(engine, container, record)))
  if (results.every((result) => result.status === 'fulfilled' && result.value)) return true
  await removeCreated(docker, record.toPlan({}))
  return false
}

/** Returns false if the engine refuses it. */
async function createContainer(
  engine: EngineClient,
  container: RecordedContainer,
  record: PlanRecord,
): Promise<boolean> {
  const { url, body } = createRequest(container)
  const answer = await engine.sendJson('POST', url, body)
  if (answer.status !== 201) return false
  const { Id }: { Id: string } = JSON.parse(answer.body.toString())
  record.created.set(Id, { ...container, id: Id })
  const version = /^\/v[\d.]+(?=\/)/.exec(url)?.[0] ?? ''
  for (const { network, body: settings } of container.connections) {
    const path = `${version}/networks/${encodeURIComponent(network)}/connect`
    const { status } = await engine.sendJson('POST', path, { ...settings, Container: Id })
    if (status !== 200) return false
  }
  return true
}
