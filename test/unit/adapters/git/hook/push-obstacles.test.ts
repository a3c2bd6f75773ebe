import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { findPushObstacles } from '../../../../../agent/adapters/git/hook/push-obstacles.ts'
import { createGitSite } from '../../../support/git-site.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

describe('the obstacles of a push', () => {
  it('are none for the links that init makes, also over core.hooksPath, and for a hook that runs ours', async () => {
    const site = createSite()
    assert.deepEqual(await site.find(), [])
    site.git('config', 'core.hooksPath', join(site.workTree, '.git/hooks'))
    assert.deepEqual(await site.find(), [])
    rmSync(site.hook)
    writeFileSync(site.hook, `#!/bin/sh\nmail -s pushed ada\nexec ${site.script}\n`, { mode: 0o755 })
    assert.deepEqual(await site.find(), [])
  })

  it('are a hook that is missing, replaced, leads nowhere or may not be executed', async () => {
    const site = createSite()
    chmodSync(site.installed, 0o644)
    assert.match(await site.findOne(), /^pushes deploy nothing: (\S+) is not executable\. .*sudo chmod 755 \1$/)
    rmSync(site.installed)
    assert.match(await site.findOne(), /post-receive leads nowhere\. .*install\.sh/)
    writeFileSync(site.installed, '', { mode: 0o755 })
    rmSync(site.script)
    assert.match(await site.findOne(), /post-receive leads nowhere\. Put it back: sudo bptctl init$/)
    rmSync(site.hook)
    assert.match(await site.findOne(), /there is no \S+\/\.git\/hooks\/post-receive\. Put it back: sudo bptctl init$/)
    writeFileSync(site.hook, '#!/bin/sh\necho deployed\n', { mode: 0o755 })
    assert.match(await site.findOne(), /post-receive is not the hook of the agent\./)
  })

  it('are settings of git, with the command that ends each', async () => {
    const site = createSite()
    const config = `git -C ${site.workTree} config --local`
    for (const folder of ['/etc/hooks', '../hooks', '/dev/null']) {
      site.git('config', 'core.hooksPath', folder)
      const text = await site.findOne()
      assert.ok(
        text.includes(`core.hooksPath is ${folder}`) && text.endsWith(`${config} --unset-all core.hooksPath`),
        text,
      )
    }
    site.git('config', '--unset', 'core.hooksPath')
    site.git('config', 'receive.denyCurrentBranch', 'refuse')
    assert.match(await site.findOne(), /receive\.denyCurrentBranch is refuse\. Put it right: sudo bptctl init$/)
    site.git('config', 'receive.denyCurrentBranch', 'ignore')
    site.git('config', '--add', 'transfer.hideRefs', 'refs/heads')
    assert.ok((await site.findOne()).endsWith(`${config} --unset-all transfer.hideRefs '^refs/heads$'`))
    site.git('config', '--add', 'transfer.hideRefs', '!refs/heads/main')
    assert.deepEqual(await site.find(), [])
  })

  it('are a repository that is not there', async () => {
    const site = createSite()
    rmSync(join(site.workTree, '.git'), { recursive: true })
    assert.match(await site.findOne(), /there is no git repository in .* findmnt -T /)
  })
})

/** Creates a repository with the links of `bptctl init`. */
function createSite() {
  const { workTree, git } = createGitSite()
  const folder = createScratchFolder()
  const [script, installed] = [join(folder, 'deploy'), join(folder, 'lib/post-receive')]
  const hook = join(workTree, '.git/hooks/post-receive')
  mkdirSync(join(folder, 'lib'))
  mkdirSync(join(workTree, '.git/hooks'), { recursive: true })
  writeFileSync(installed, '', { mode: 0o755 })
  symlinkSync(installed, script)
  symlinkSync(script, hook)
  git('config', 'receive.denyCurrentBranch', 'ignore')
  git('config', '--add', 'transfer.hideRefs', 'refs/bpt-deployer')
  const find = () => findPushObstacles({ workTree, script, installed }, 'main')
  const findOne = async () => {
    const [text = '', ...others] = await find()
    assert.deepEqual(others, [])
    return text
  }
  return { workTree, git, hook, script, installed, find, findOne }
}
