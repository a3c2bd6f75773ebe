// Runs a registry in a test VM, on the port of its own address that Docker trusts without TLS.
import type { Vm } from '../../vm/vm.ts'

export const registryAddress = '127.0.0.1:5000'
const folder = '/root/registry'

/** Serves blobs and tags from files; images whose name begins with `private/` are refused. */
const source = `const { existsSync, readFileSync } = require('node:fs')
require('node:http').createServer(({ url, method }, response) => {
  const [, name, kind, reference] = /^\\/v2\\/(.+)\\/(manifests|blobs)\\/([^?]+)/.exec(url) ?? []
  if (!name) return response.end('{}')
  const refuse = (status, code) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code, message: code }] }))
  if (name.startsWith('private/')) return refuse(403, 'DENIED')
  const tag = '/registry/tags/' + name + '/' + reference
  const digest = reference.startsWith('sha256:') ? reference : existsSync(tag) && readFileSync(tag, 'utf8').trim()
  const blob = digest && '/registry/blobs/' + digest.replace(':', '/')
  if (!blob || !existsSync(blob)) return refuse(404, 'MANIFEST_UNKNOWN')
  const body = readFileSync(blob)
  const type = kind === 'manifests' ? JSON.parse(body).mediaType : 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'docker-content-digest': digest, 'content-length': body.length })
  response.end(method === 'HEAD' ? undefined : body)
}).listen(5000, '127.0.0.1', () => console.log('listens'))
`

export async function startRegistry(vm: Vm): Promise<void> {
  await vm.writeFile(`${folder}/registry.js`, source)
  const run = `docker run -d --init --name registry --network host -v ${folder}:/registry node:26-slim node /registry/registry.js`
  await vm.run(run)
  await vm.waitForOutput('docker logs -f registry', 'listens', { expectation: 'the registry listens' })
}

/** Publishes a local image as `NAME:TAG`; returns its digest. */
export async function publishImage(vm: Vm, image: string, name: string, tag: string): Promise<string> {
  const { stdout } = await vm.run(`cd ${folder} && docker save ${image} | tar -x && mkdir -p tags/${name}
    jq -r '.manifests[0].digest' index.json | tee tags/${name}/${tag}`)
  return stdout.trim()
}
