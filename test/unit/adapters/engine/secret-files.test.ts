import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { assertSecretsUsable } from '../../../../agent/adapters/engine/secret-files.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const root = createScratchFolder()
mkdirSync(join(root, 'secrets/folder'), { recursive: true })
writeFileSync(join(root, 'secrets/good'), 'x')
writeFileSync(join(root, 'secrets/empty'), '')
symlinkSync('loop', join(root, 'secrets/loop'))

describe('the files of secrets', () => {
  it('are missing or empty, all named at once; the command creates a missing folder', async () => {
    await assertSecretsUsable(['/secrets/good'], root)
    await assert.rejects(assertSecretsUsable(['/secrets/empty', '/secrets/good', '/secrets/none'], root), {
      reason: 'secrets are missing or empty: /secrets/empty, /secrets/none.',
      help: 'Write one: openssl rand -base64 24 | sudo tee /secrets/empty >/dev/null',
    })
    await assert.rejects(assertSecretsUsable(['/others/none'], root), { help: /^Write one: sudo mkdir -p \/others; / })
  })

  it('are no folders, and no links in a circle', async () => {
    await assert.rejects(assertSecretsUsable(['/secrets/folder'], root), {
      code: 'secret_unusable',
      help: 'Remove it if it is empty, and write the file: sudo rmdir /secrets/folder',
    })
    await assert.rejects(assertSecretsUsable(['/secrets/loop'], root), /cannot be read: too many symbolic links/)
    await assert.rejects(assertSecretsUsable(['/secrets/good/below'], root), /cannot be read: not a directory/)
  })
})
