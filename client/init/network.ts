// The network that the compose file calls external.
import { runProgram } from './run-program.ts'
import type { Finding, Site } from './site.ts'

export async function createNetwork({ config }: Site): Promise<Finding[]> {
  const { network } = config.stack
  const names = (await runProgram('docker', ['network', 'ls', '--format', '{{.Name}}'])).split('\n')
  if (names.includes(network)) return [{ did: 'right', what: `docker network ${network}` }]
  await runProgram('docker', ['network', 'create', network])
  return [{ did: 'done', what: `created the docker network ${network}` }]
}
