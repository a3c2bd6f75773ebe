// Edits the reference server for the bench: more pages, a longer graceful exit, and a version that ignores SIGTERM.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Edit } from '../../vm/developer.ts'

const path = 'server/server.js'

/** /version needs no database, /orders takes a POST and answers its size, /slow takes 3 seconds. */
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

/** Adds the pages, and lets the server answer for 9 s after SIGTERM the requests that it has begun. */
export const installBenchPages: Edit = (directory) =>
  replaceInServer(directory, [
    ['const pages = {', `const pages = {${pages}`],
    ['await page()', 'await page(request)'],
    ['setTimeout(() => process.exit(0), 900)', 'setTimeout(() => process.exit(0), 9000)'],
  ])

const handlesSigterm = "process.on('SIGTERM', stop)"
const ignoresSigterm = "process.on('SIGTERM', () => {})"

export const ignoreSigterm: Edit = (directory) => replaceInServer(directory, [[handlesSigterm, ignoresSigterm]])

export const handleSigterm: Edit = (directory) => replaceInServer(directory, [[ignoresSigterm, handlesSigterm]])

async function replaceInServer(directory: string, replacements: [from: string, to: string][]): Promise<void> {
  let source = await readFile(join(directory, path), 'utf8')
  for (const [from, to] of replacements) {
    if (!source.includes(from)) throw new Error(`${path} has no ${from}, which the bench replaces`)
    source = source.replace(from, () => to)
  }
  await writeFile(join(directory, path), source)
}
