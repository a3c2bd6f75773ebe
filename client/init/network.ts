// Creates the Docker network that the compose file calls external.
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function createNetwork({ config }: SetupContext): Promise<SetupResult[]> {
  const { network } = config.stack
  const names = (await runProgram('docker', ['network', 'ls', '--format', '{{.Name}}'])).split('\n')
  if (names.includes(network)) return [{ state: 'right', text: `docker network ${network}` }]
  await runProgram('docker', ['network', 'create', network])
  return [{ state: 'done', text: `created the docker network ${network}` }]
}
