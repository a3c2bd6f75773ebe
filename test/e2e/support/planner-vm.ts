// Runs the agent's planner on a test VM, against its real compose and engine.
import { join } from 'node:path'
import { build } from 'esbuild'
import { agentBundle } from '../../../scripts/bundle-options.ts'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { Vm } from '../../vm/vm.ts'
import type { PlannerCall, PlannerResult, PlannerScript } from './planner-in-vm.ts'
import type { PlannerShape } from './planner-shapes.ts'

const programFolder = '/opt/planner'

/** An image with a volume of its own, in versions whose ids differ. */
const buildImagesScript = `
  for version in v1 v2 v3; do
    printf 'FROM node:26-slim\\nRUN echo %s > /version\\nVOLUME /inherent\\nCMD ["sleep", "infinity"]\\n' $version |
      docker build --quiet --tag app:$version -
  done`

export async function installPlanner(vm: Vm): Promise<void> {
  const entry = join(checkoutDirectory, 'test/e2e/support/planner-in-vm.ts')
  const { outputFiles = [] } = await build({ ...agentBundle, entryPoints: [entry], write: false })
  await vm.writeFile(`${programFolder}/planner.mjs`, outputFiles[0]?.text ?? '')
  await vm.copyIn(join(checkoutDirectory, 'dist/lib/bin/node'), `${programFolder}/node`)
  const notedDocker = '#!/bin/sh\necho "$@" >> /tmp/docker-calls\nexec /usr/bin/docker "$@"\n'
  await vm.writeFile(`${programFolder}/bin/docker`, notedDocker, { mode: '755' })
  await vm.run(`chmod +x ${programFolder}/node; ${buildImagesScript}`, { timeoutMs: 120_000 })
}

/** Makes the calls in one process, as the agent does between two deploys. */
export async function callPlanner(
  vm: Vm,
  workTree: string,
  calls: PlannerCall[],
  env: Record<string, string> = {},
): Promise<PlannerResult[]> {
  const script: PlannerScript = { workTree, env, calls }
  const command = `${programFolder}/node ${programFolder}/planner.mjs`
  const { stdout } = await vm.run(command, { input: JSON.stringify(script), timeoutMs: 180_000 })
  return JSON.parse(stdout)
}

export interface PlannedProject extends AsyncDisposable {
  push(): Promise<void>
  /** @param env variables beside those of the shape. */
  call(calls: PlannerCall[], more?: Record<string, string>): Promise<PlannerResult[]>
}

/** Starts the project of the first push. */
export async function startProject(
  vm: Vm,
  { name, compose, code = ['v1', 'v2'], env = [{}, {}], prepare }: PlannerShape,
): Promise<PlannedProject> {
  const folder = `/root/${name}`
  const write = async (push: 0 | 1) => {
    await vm.writeFile(`${folder}/compose.yaml`, JSON.stringify(compose[push]))
    await vm.run(`docker tag app:${code[push]} app:latest`)
  }
  const variables = Object.entries(env[0]).map(([key, value]) => `${key}=${value}`)
  await write(0)
  await vm.run(`cd ${folder} && ${variables.join(' ')} docker compose up --detach --no-build`)
  if (prepare) await vm.run(`cd ${folder} && ${prepare}`)
  return {
    push: () => write(1),
    call: (calls, more = {}) => callPlanner(vm, folder, calls, { ...env[1], ...more }),
    async [Symbol.asyncDispose]() {
      // Faster than compose; the VM has one project at a time.
      await vm.run('docker rm -fv $(docker ps -aq) && docker network prune -f && docker volume prune -af')
    },
  }
}
