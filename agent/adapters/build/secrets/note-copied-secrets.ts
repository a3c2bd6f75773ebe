// Warns of secrets that a build copies from its context into an image, where everybody with the image can read them.
import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { ComposeProject, Service } from '../../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { copiedSecretsText } from '../../../protocol/work-tree/copied-secrets-text.ts'
import { readContextFiles } from './context-files.ts'

/** Files of a context that are looked at: a warning must not make a build slower. */
const maxEntries = 2_000

/** Names with values of one server, but not their templates, which belong into the repository. */
const secretName = /^(?:\.secrets|\.env(?:\.(?!(?:example|sample|template|dist|defaults?)$)[\w.-]+)?)$/

interface CopiedSecrets {
  /** The file of a Dockerfile or a context that says what to leave out. */
  ignoreFile: string
  /** Names in the context. */
  paths: string[]
}

/** Never throws: a build that cannot be read is reported by itself. */
export async function noteCopiedSecrets(
  project: ComposeProject,
  workTree: string,
  { note }: Pick<StepContext, 'note'>,
): Promise<void> {
  const built = project.services.filter(({ isBuilt }) => isBuilt)
  const found = await Promise.all(built.map((service) => findCopiedSecrets(service, project.secrets).catch(() => null)))
  const byFile = Map.groupBy(
    built.flatMap(({ name }, index) => (found[index] ? [{ service: name, ...found[index] }] : [])),
    ({ ignoreFile }) => ignoreFile,
  )
  for (const [ignoreFile, copies] of byFile) {
    const services = copies.map(({ service }) => service)
    const paths = [...new Set(copies.flatMap((copy) => copy.paths))]
    await note(copiedSecretsText(services, paths, relative(workTree, ignoreFile)))
  }
}

async function findCopiedSecrets({ build }: Service, secretFiles: string[]): Promise<CopiedSecrets | null> {
  const files = await readContextFiles(build)
  if (!files) return null
  const { context, dockerfile, ignoreFile, isIgnored } = files
  const secrets = await listSecrets(context, secretFiles, isIgnored)
  if (secrets.length === 0) return null
  // Imported only now: most contexts hold no secrets.
  const { findCopiedFiles } = await import('./dockerfile-copies.ts')
  const copied = findCopiedFiles(
    dockerfile,
    secrets.map(({ file }) => file),
    typeof build?.target === 'string' ? build.target : undefined,
  )
  const paths = secrets.filter(({ file }) => copied.includes(file)).map((secret) => secret.path)
  return paths.length > 0 ? { ignoreFile, paths: [...new Set(paths)] } : null
}

interface Secret {
  /** The file or folder to leave out. */
  path: string
  /** A file of it. */
  file: string
}

/** Lists secrets that reach the builder. @param secretFiles absolute paths of the files that services get as secrets. */
async function listSecrets(
  context: string,
  secretFiles: string[],
  isIgnored: (path: string) => boolean,
): Promise<Secret[]> {
  const secrets: Secret[] = []
  const folders = ['']
  let entries = 0
  for (let folder = folders.shift(); folder !== undefined && entries < maxEntries; folder = folders.shift()) {
    const found = await readdir(join(context, folder), { withFileTypes: true }).catch(() => [])
    entries += found.length
    for (const entry of found) {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (isIgnored(path) || entry.name === '.git' || entry.name === 'node_modules') continue
      const isSecret = secretName.test(entry.name)
      if (isSecret && entry.isDirectory()) secrets.push(...(await listFolder(context, path, isIgnored)))
      else if (entry.isDirectory()) folders.push(path)
      else if (isSecret || secretFiles.includes(join(context, path))) secrets.push({ path, file: path })
    }
  }
  return secrets
}

/** A folder that the agent may not list counts if it is not ignored itself. */
async function listFolder(context: string, folder: string, isIgnored: (path: string) => boolean): Promise<Secret[]> {
  const names = await readdir(join(context, folder)).catch(() => [basename(folder)])
  const files = names.map((name) => `${folder}/${name}`).filter((file) => !isIgnored(file))
  return files.map((file) => ({ path: folder, file }))
}
