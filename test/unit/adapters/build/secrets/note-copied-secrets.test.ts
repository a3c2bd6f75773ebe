import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { noteCopiedSecrets } from '../../../../../agent/adapters/build/secrets/note-copied-secrets.ts'
import type { ComposeProject } from '../../../../../agent/interfaces/engine/compose-project.ts'
import { createScratchFolder } from '../../../support/scratch.ts'
import { createProject, createService } from '../../../support/services.ts'

const secrets = { '.env': 'A=1', '.secrets/db_password': 'x', 'server.js': '' }

describe('the warning of secrets in an image', () => {
  it('names the secrets, the services and the lines of the .dockerignore, once', async () => {
    const services = ['web', 'worker'].map((name) => ({ name, build: {} }))
    assert.deepEqual(await notesOf({ ...secrets, Dockerfile: 'FROM node\nCOPY . /app\n' }, services), [
      "warning: the images of web, worker contain .env, .secrets, which everybody with the image can read; leave them out: printf '%s\\n' /.env /.secrets >> .dockerignore",
    ])
  })

  it('finds each way into the image', async () => {
    for (const dockerfile of [
      'FROM node\nCOPY . .\n',
      'FROM node\nADD ./ /app/\n',
      'FROM node\nCOPY [".", "/app"]\n',
      'FROM node\nCOPY --chown=1:1 .env server.js /app/\n',
      'FROM node\nCOPY .env /app/settings\n',
      'FROM node\nCOPY .e* /app/\n',
      'FROM node\nCOPY * /app/\n',
      'FROM node AS base\nCOPY . /app\nFROM base\nRUN true\n',
      'FROM node AS build\nWORKDIR /app\nCOPY . .\nFROM scratch\nCOPY --from=build /app /srv\n',
      'FROM node AS build\nCOPY . /app\nFROM scratch\nCOPY --from=0 / /\n',
      'FROM node AS build\nCOPY .env server.js /app/\nFROM scratch\nCOPY --from=build /app/.env /\n',
      'FROM node AS build\nCOPY .env /app/settings\nFROM scratch\nCOPY --from=build /app/settings /\n',
      'FROM node\nCOPY --exclude=*.js --exclude=.secrets . /\n',
    ])
      assert.match((await notesOf({ ...secrets, Dockerfile: dockerfile }))[0] ?? '', /contains \.env/, dockerfile)
  })

  it('finds secrets in folders, of other names, and those of the compose file', async () => {
    const files = { 'config/.env.production': '', 'keys/token': '', Dockerfile: 'FROM node\nCOPY . .\n' }
    const [note = ''] = await notesOf(files, [{ name: 'web', build: {} }], ['keys/token'])
    assert.match(note, / \/config\/\.env\.production \/keys\/token >> \.dockerignore$/)
  })

  it('names the ignore file that counts', async () => {
    const files = { ...secrets, 'web/.env': '', 'web/Dockerfile': 'FROM node\nCOPY . .\n' }
    assert.match(
      (await notesOf(files, [{ name: 'web', build: { context: 'web' } }]))[0] ?? '',
      / >> web\/\.dockerignore$/,
    )
    const own = {
      ...secrets,
      'a.Dockerfile': 'FROM node\nCOPY . .\n',
      'a.Dockerfile.dockerignore': 'x\n',
      '.dockerignore': '*\n',
    }
    assert.match(
      (await notesOf(own, [{ name: 'web', build: { dockerfile: 'a.Dockerfile' } }]))[0] ?? '',
      / >> a\.Dockerfile\.dockerignore$/,
    )
  })

  it('says nothing if no secret gets into the image', async () => {
    const copyAll = 'FROM node\nCOPY . .\n'
    for (const files of [
      { 'server.js': '', '.env.example': '', Dockerfile: copyAll },
      { ...secrets, '.dockerignore': '.env\n.secrets\n', Dockerfile: copyAll },
      { ...secrets, '.dockerignore': '**/.*\n', Dockerfile: copyAll },
      { ...secrets, '.dockerignore': '*\n!server.js\n', Dockerfile: copyAll },
      { ...secrets, Dockerfile: 'FROM node\nCOPY server.js /\n' },
      { ...secrets, Dockerfile: 'FROM node\nCOPY *.js package*.json /\n' },
      { ...secrets, Dockerfile: 'FROM node\nCOPY [a-z]* $FILES /\n' },
      {
        ...secrets,
        Dockerfile:
          'FROM node AS build\nCOPY .env /app/settings\nFROM scratch\nCOPY --from=build /app/settings/.env /\n',
      },
      { ...secrets, Dockerfile: 'FROM node\nCOPY --exclude=.env --exclude=.secrets . /\n' },
      { ...secrets, Dockerfile: 'FROM node\nRUN --mount=type=bind,target=/src make\n' },
      { 'node_modules/tool/.env': '', '.git/.env': '', Dockerfile: copyAll },
      {
        ...secrets,
        Dockerfile: 'FROM node AS build\nWORKDIR /app\nCOPY . .\nFROM scratch\nCOPY --from=build /app/dist /\n',
      },
    ])
      assert.deepEqual(await notesOf(files), [], files.Dockerfile)
    const stages = { ...secrets, Dockerfile: 'FROM node AS app\nCOPY server.js /\nFROM node AS debug\nCOPY . /\n' }
    assert.deepEqual(await notesOf(stages, [{ name: 'web', build: { target: 'app' } }]), [])
    assert.equal((await notesOf(stages)).length, 1)
  })
})

async function notesOf(
  files: Record<string, string>,
  built: { name: string; build: { context?: string; dockerfile?: string; target?: string } }[] = [
    { name: 'web', build: {} },
  ],
  secretFiles: string[] = [],
): Promise<string[]> {
  const folder = createScratchFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const services = built.map(({ name, build: { context = '', ...build } }) =>
    createService(name, { build: { context: join(folder, context), ...build } }),
  )
  const project: ComposeProject = { ...createProject(services), secrets: secretFiles.map((file) => join(folder, file)) }
  const notes: string[] = []
  await noteCopiedSecrets(project, folder, { note: async (text) => void notes.push(text) })
  return notes
}
