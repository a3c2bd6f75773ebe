// Tests that the work tree is what a clone gives: its modes and contents, what somebody did in it by hand, and a
// repository that is locked, read-only or mounted later.
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createSite } from './support/site.ts'
import { pushAndFindDeploy, pushRefused } from './support/swap-stack.ts'

const site = await createSite('work-tree')
const { vm, ada } = site
after(() => site.close())

const folder = '/bpt/production/code'
const compose = 'services:\n  app: {build: ., container_name: app, init: true, stop_grace_period: 1s}\n'
const dockerfile = 'FROM node:26-slim\nCOPY . /app/\nCOPY ssh /root/.ssh/\nCMD ["sleep", "infinity"]\n'
const asAda = (command: string) => vm.run(command, { as: 'ada', timeoutMs: 120_000 })

async function deployNext(files: Record<string, string | null> = {}): Promise<string> {
  await ada.commit(files, `A revision with ${Object.keys(files).join(', ') || 'nothing new'}`)
  const { state, output } = await pushAndFindDeploy(site)
  assert.equal(state, 'live', output)
  return output
}

/** Pushes the files, and asserts that they are refused before anything changes. */
async function assertRefused(files: Record<string, string | null>, sentence: RegExp): Promise<void> {
  await ada.commit(files, 'A revision that is refused')
  await pushRefused(site, sentence)
  assert.equal((await vm.run(`git -C ${folder} status --porcelain --untracked-files=no`)).stdout, '')
}

before(async () => {
  await ada.git('rm', '-r', '-q', '.')
  await ada.commit(async (clone) => {
    const files = { Dockerfile: dockerfile, 'docker-compose.yml': compose, '.dockerignore': '.git\n.secrets\n' }
    await ada.commit({ ...files, 'ssh/authorized_keys': 'key', 'bin/deep/run.sh': '#!/bin/sh\n', 'a b': '1' }, 'First')
    await chmod(join(clone, 'bin/deep/run.sh'), 0o755)
  }, 'Executable')
  await deployNext()
})
beforeEach(() => ada.git('reset', '-q', '--hard', 'production/main'))

describe('the modes of the work tree', () => {
  const paths = ['ssh', 'ssh/authorized_keys', 'bin', 'bin/deep', 'bin/deep/run.sh', 'Dockerfile']
  const expected = '755\n644\n755\n755\n755\n644\n'
  const modesIn = (root: string) => `stat -c %a ${paths.map((path) => `${root}/${path}`).join(' ')}`
  const assertModes = async () => {
    assert.equal((await vm.run(modesIn(folder))).stdout, expected)
    assert.equal((await vm.run(`docker exec app ${modesIn('/app')}`)).stdout, expected)
    assert.equal(
      (await vm.run('docker exec app stat -c %a /root/.ssh /root/.ssh/authorized_keys')).stdout,
      '755\n644\n',
    )
  }

  it('are those of a clone, also in images', assertModes)

  it('are mended in a tree of an earlier version, and untracked files and members keep their rights', async () => {
    await vm.run(`cd ${folder} && chmod -R g+w bin ssh Dockerfile && chmod g+s bin bin/deep ssh && chown ada 'a b'
      echo x > mine && chmod 666 mine && systemctl restart bpt-deployer`)
    assert.doesNotMatch(await deployNext({ new: '1' }), /by hand/)
    await assertModes()
    assert.equal((await vm.run(`stat -c %a ${folder} ${folder}/mine '${folder}/a b'`)).stdout, '2775\n666\n644\n')
    await asAda(
      `cd ${folder} && echo A=1 > by-ada && echo x > .secrets/token && rm by-ada .secrets/token && git fetch -q .`,
    )
  })
})

describe('a name', () => {
  it('means the branch before the tag', async () => {
    await ada.git('tag', 'main', 'HEAD~1')
    await ada.push({ ref: 'refs/tags/main' })
    await ada.commit({ tagged: '1' }, 'The branch is ahead of the tag')
    await ada.push({ ref: 'refs/heads/main' })
    const tip = await ada.git('rev-parse', 'refs/heads/main')
    const { stdout } = await asAda('bptctl plan main --json && bptctl deploy main')
    assert.equal(JSON.parse(stdout.slice(0, stdout.lastIndexOf('}') + 1)).revision, tip)
    assert.equal((await site.status()).live?.revision, tip)
    await ada.git('tag', '-d', 'main')
    await ada.push({ ref: ':refs/tags/main' })
  })
})

describe('work by hand on the server', () => {
  it('is named before it is left behind, and comes back by the command', async () => {
    const asMember = `cd ${folder} && git -c user.name=ada -c user.email=ada@localhost`
    await asAda(`cd ${folder} && sed -i s/1/committed/ new && ${asMember} commit -q -a -m 'Repair "it"'`)
    await asAda(`cd ${folder} && sed -i s/1/edited/ 'a b' && echo staged > added && git add added`)
    const output = await deployNext({ next: '1' })
    const [, branch = ''] = /leaves behind \w+ "Repair \\"it\\"", .*bring it back: (git .*\S)/.exec(output) ?? []
    const [, restore = ''] = /overwrites changes made by hand: a b, added; .*: sudo (git .*\S)/.exec(output) ?? []
    assert.ok(branch && restore, output)
    assert.equal((await vm.run(`cd ${folder} && cat 'a b' new && ! ls added`)).stdout, '11')
    await asAda(branch)
    assert.equal((await vm.run(`git -C ${folder} show ${branch.split(' ').at(-1)}:new`)).stdout, 'committed')
    assert.equal((await vm.run(`${restore} && cd ${folder} && cat 'a b' added && rm added`)).stdout, 'editedstaged\n')
  })

  it('is named to the pusher whose forced push replaces it', async () => {
    await vm.run(
      `cd ${folder} && git checkout -q -f main && git -c user.name=r -c user.email=r@l commit -q --allow-empty -m 'On main'`,
    )
    await ada.commit({ forced: '1' }, 'Forced')
    assert.match((await pushAndFindDeploy(site)).output, /leaves behind \w+ "On main", which no branch has/)
  })
})

describe('contents that git does not hold', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 7\n`

  it('are refused, with the key that decides', async () => {
    const lfs = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'media/a.bin': pointer }
    await assertRefused(lfs, /1 file in Git LFS, media\/a\.bin: .*source\.lfs in \/etc\/bpt-deployer\.toml/)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
    await ada.git('update-index', '--add', '--cacheinfo', `160000,${await ada.head()},vendor/lib`)
    await ada.git('commit', '-q', '-m', 'A submodule')
    const { state, output } = await pushAndFindDeploy(site)
    assert.deepEqual([state, /submodule, vendor\/lib, .*source\.submodules/.test(output)], ['failed', true], output)
    assert.match((await vm.tryRun('bptctl plan', { as: 'ada' })).stderr, /source\.submodules/)
  })

  it('are left out if the configuration says so', async () => {
    await vm.writeFile('/etc/bpt-deployer.toml', '[source]\nsubmodules = false\nlfs = false\n')
    await vm.run('systemctl restart bpt-deployer')
    await asAda('bptctl deploy main')
    assert.equal((await vm.run(`ls -A ${folder}/vendor/lib`)).stdout, '')
  })
})

describe('the build context', () => {
  it('ends a deploy with a file that the agent may not read, and warns of secrets', async () => {
    await vm.run(`cd ${folder} && mkdir -p data && echo x > data/file && chmod 600 data/file && echo A=1 > .env`)
    await assertRefused(
      { later: '1' },
      /may not read \S+\/data\/file, .*echo \/data\/file >> \.dockerignore; or, .*sudo chmod -R g\+rX/,
    )
    const output = await deployNext({ '.dockerignore': '.git\n.secrets\n/data/file\n' })
    assert.match(output, /the image of app contains \.env, .*printf '%s\\n' \/\.env >> \.dockerignore/)
    await vm.run(`cd ${folder} && rm -r data .env`)
  })
})

describe('the repository', () => {
  const obstacles = async () => (await site.status()).pushObstacles

  it('is named in the status if its hook does not run', async () => {
    assert.deepEqual(await obstacles(), [])
    await vm.run('git config --system core.hooksPath /etc/hooks')
    await ada.commit({ unseen: '1' }, 'Not reported')
    await ada.push()
    const [setting = '', tip = ''] = await obstacles()
    assert.match(tip, /^no push reported \w+, the tip of main/)
    const [, unset = ''] = /core\.hooksPath is \/etc\/hooks\. Unset it: (.*)$/.exec(setting) ?? [setting]
    await vm.run(unset)
    await asAda('bptctl deploy main')
    await vm.run('chmod 644 /usr/lib/bpt-deployer/hooks/post-receive')
    const [mode = '', ...others] = await obstacles()
    await vm.run(/Put it right: (.*)$/.exec(mode)?.[1] ?? mode)
    assert.deepEqual([await obstacles(), others], [[], []])
  })

  it('is said to be locked, with the whole path', async () => {
    await vm.run(`touch -d '3 hours ago' ${folder}/.git/index.lock`)
    await assertRefused({ locked: '1' }, /code\/\.git\/index\.lock is 3 h old, .*sudo rm \S+\.git\/index\.lock/)
    await vm.run(`rm ${folder}/.git/index.lock`)
  })

  it('is seen after it was mounted later, and said to be read-only', async () => {
    await vm.run(`mkdir /srv/kept && cp -a ${folder}/. /srv/kept && mv ${folder} ${folder}.away && mkdir ${folder}`)
    await vm.run('systemctl restart bpt-deployer')
    assert.match((await vm.tryRun('bptctl deploy main', { as: 'ada' })).stderr, /no git repository in .* findmnt/)
    await vm.run(`mount -t tmpfs -o mode=2775,gid=bpt none ${folder} && cp -a /srv/kept/. ${folder}`)
    await asAda('bptctl deploy main')
    await vm.run(`mount -o remount,ro ${folder}`)
    assert.match(
      (await vm.tryRun('bptctl deploy HEAD~1', { as: 'ada' })).stderr,
      /is read-only\. .*sudo mount -o remount,rw/,
    )
    assert.match((await obstacles())[0] ?? '', /^pushes fail: the file system of \S+ is read-only/)
    await vm.run(`mount -o remount,rw ${folder}`)
    assert.deepEqual(await obstacles(), [])
  })
})
