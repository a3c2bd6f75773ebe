// The server that the bench deploys: the reference server with more pages, which answers what it has begun.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Edit } from '../../vm/developer.ts'

const path = 'server/server.js'

/** /version needs no database, /orders takes a POST and says how much it got, /slow takes 3 seconds. */
const pages = `
  async '/version'() {
    return [200, \`version: \${version}\\n\`]
  },
  async '/orders'(request) {
    let size = 0
    for await (const part of request) size += part.length
    return [size > 0 ? 201 : 400, \`\${size} bytes\\n\`]
  },
  async '/slow'() {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    return [200, 'slow\\n']
  },`

export const politeApp: Edit = (directory) =>
  edited(directory, [
    ['const pages = {', `const pages = {${pages}`],
    ['await page()', 'await page(request)'],
    ['setTimeout(() => process.exit(0), 900)', 'setTimeout(() => process.exit(0), 9000)'],
  ])

const polite = "process.on('SIGTERM', stop)"
const stubborn = "process.on('SIGTERM', () => {})"

/** Ends only when it is killed. */
export const stubbornApp: Edit = (directory) => edited(directory, [[polite, stubborn]])

export const politeAgain: Edit = (directory) => edited(directory, [[stubborn, polite]])

async function edited(directory: string, changes: [from: string, to: string][]): Promise<void> {
  let source = await readFile(join(directory, path), 'utf8')
  for (const [from, to] of changes) {
    if (!source.includes(from)) throw new Error(`${path} has no ${from}, which the bench changes`)
    source = source.replace(from, () => to)
  }
  await writeFile(join(directory, path), source)
}
