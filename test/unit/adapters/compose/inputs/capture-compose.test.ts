import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { captureCompose } from '../../../../../agent/adapters/compose/inputs/capture-compose.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

/** Runs a script in place of `docker`. */
function captureScript(script: string, output?: (line: string) => Promise<void>): Promise<string> {
  const folder = createScratchFolder()
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'docker'), 0o755)
  const env = { PATH: `${folder}:${process.env.PATH}` }
  return captureCompose(
    { args: ['compose', 'config'], cwd: folder, env },
    { signal: AbortSignal.timeout(10_000), ...(output && { output }) },
  )
}

describe('a question to compose', () => {
  it('is answered by what compose prints, without its warnings', async () => {
    assert.equal(await captureScript('echo services; echo warning >&2'), 'services\n')
  })

  it('fails with the reason and without the warnings before it', async () => {
    const warning = 'time="2026-11-30T17:05:22Z" level=warning msg="The \\"TAG\\" variable is not set."'
    await assert.rejects(captureScript(`echo '${warning}' >&2; echo 'yaml: line 3: no key' >&2; exit 15`), {
      code: 'compose_invalid',
      reason: 'the compose file is not valid: yaml: line 3: no key.',
    })
  })

  it('logs the whole of a long error, and the warnings after it', async () => {
    const lines: string[] = []
    const script = "echo 'WARNING: old settings' >&2; printf 'services.web:\\n  no image\\n' >&2; exit 1"
    const asked = captureScript(script, async (line) => void lines.push(line))
    await assert.rejects(asked, { reason: 'the compose file is not valid: services.web: no image.' })
    assert.deepEqual(lines, ['services.web:', '  no image', 'warning: old settings'])
  })

  it('names compose itself if docker does not know it', async () => {
    const help = "See 'docker --help'.\\n\\nUsage:  docker [OPTIONS] COMMAND\\n"
    for (const words of ['unknown flag: --ansi', 'docker: unknown command: docker compose'])
      await assert.rejects(captureScript(`printf "${words}\\n${help}" >&2; exit 125`), {
        code: 'plugin_missing',
        help: /sudo install -D \/root\/\.docker\/cli-plugins\/docker-compose \/usr\/local\/lib\//,
      })
  })

  it('fails with the exit code if compose says nothing', async () => {
    await assert.rejects(captureScript('exit 15'), /not valid: exit 15\./)
  })
})
