// Files of stacks whose services share images, and commands that look at images.
import type { Vm } from '../../vm/vm.ts'

/** Program of a server that answers on port 80 with the text in /version. */
const serverSource = `const { readFileSync } = require('node:fs')
process.on('SIGTERM', () => process.exit(0))
require('node:http').createServer((_, answer) => answer.end(readFileSync('/version'))).listen(80)
`

/** Files of an image of a server in a folder; `from` is the image that it is built from. */
export const serverFiles = (
  folder: string,
  version: string,
  from = 'node:26-slim',
  lines = '',
): Record<string, string> => ({
  [`${folder}/Dockerfile`]: `FROM ${from}\nCOPY version server.js /\n${lines}CMD ["node", "/server.js"]\n`,
  [`${folder}/version`]: `version: ${version}\n`,
  [`${folder}/server.js`]: serverSource,
})

/** Builds an image in the VM without compose, as somebody does who loads images; nothing can be pulled there. */
export async function buildImage(vm: Vm, name: string, version: string): Promise<void> {
  const folder = '/root/image'
  for (const [path, text] of Object.entries(serverFiles('image', version))) await vm.writeFile(`/root/${path}`, text)
  await vm.run(`docker build -q -t ${name} ${folder}`)
}

/** Reads what a file holds in each container of a service. */
export async function readInService(vm: Vm, service: string, path = '/version'): Promise<string[]> {
  const list = `docker ps -q --filter label=com.docker.compose.project=code --filter label=com.docker.compose.service=${service}`
  const { stdout } = await vm.run(`for id in $(${list}); do docker exec $id cat ${path}; done`)
  return stdout.trim().split('\n')
}

/** Lists the ids of the images that the containers of the stack run, each once. */
export async function runningImages(vm: Vm): Promise<string[]> {
  const list = 'docker ps -q --filter label=com.docker.compose.project=code'
  return (await vm.run(`docker inspect -f '{{.Image}}' $(${list}) | sort -u`)).stdout.trim().split('\n')
}

/** Lists the tags of a repository; tags of revisions are shortened to `REV`. */
export async function listTags(vm: Vm, repository: string): Promise<string[]> {
  const { stdout } = await vm.run(`docker images ${repository} --format '{{.Tag}}'`)
  return stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((tag) => tag.replace(/^[0-9a-f]{40}/, 'REV'))
    .toSorted()
}

/** Restarts the agent: it finishes the pruning that follows a deploy before it stops. */
export async function finishPruning(vm: Vm): Promise<void> {
  await vm.run('systemctl restart bpt-deployer')
}
