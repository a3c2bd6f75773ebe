// The story of the product, told on a machine of its own: each act is announced, shown, and checked.
import { spawn } from 'node:child_process'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { DemoSite } from './demo/demo-site.ts'
import { printHeading, printLines, showCommand, showElapsedSeconds } from './demo/terminal.ts'
import { tryDocker } from './vm/docker.ts'
import { checkoutDirectory } from './vm/paths.ts'
import { bootVm, Vm } from './vm/vm.ts'

const name = 'demo'

async function runDemo(): Promise<void> {
  printHeading('Build the product: what is installed on a server lies in dist/ afterwards.')
  const build = await showCommand('npm run -s build', spawn('npm', ['run', '-s', 'build'], { cwd: checkoutDirectory }))
  if (build.code !== 0) throw new Error('The product does not build.')

  printHeading(
    'Boot a server: Debian with systemd, Docker, git and sshd, in a container. The first time this takes minutes.',
  )
  const { value: vm, seconds } = await showElapsedSeconds(() => bootVm(name))
  printLines(`It is called production, its address is ${vm.address}, and it answers after ${seconds} s.`)

  printHeading('Install the product on it as root, from a copy of dist/.')
  await vm.copyIn(join(checkoutDirectory, 'dist'), '/root/dist')
  const stage = await DemoSite.create(vm)
  await stage.runAsRoot('sudo dist/install.sh')

  printHeading('Make the server ready for pushes, give the database a password, let ada deploy.')
  await stage.runAsRoot('sudo bptctl init')
  await stage.runAsRoot('openssl rand -base64 24 | sudo tee /bpt/production/code/.secrets/db_password > /dev/null')
  await stage.runAsRoot('sudo usermod -aG bpt ada')

  printHeading('ada has a clone of a web server with a database. She pushes it.')
  await stage.runInClone('git remote add production ssh://ada@production/bpt/production/code')
  await stage.pushAndExpect('git push production main', /live: \w+ on port 80/)
  await stage.expectVersion('one')
  await stage.runAsAda('bptctl status')

  printHeading('She changes the version and pushes again. Who connects during the swap waits, nobody is refused.')
  await stage.runInClone(`sed -i "s/version = 'one'/version = 'two'/" server/server.js`)
  await stage.runInClone('git commit -qam "Version two"')
  await stage.pushAndExpect('git push production main', /live: \w+ on port 80, .*; 0 refused, longest wait /)
  await stage.expectVersion('two')

  printHeading('She pushes a Dockerfile that does not build. Nothing is replaced: version two answers.')
  await stage.runInClone(`sed -i 's/npm ci/npm sea/' Dockerfile`)
  await stage.runInClone('git commit -qam "Install the packages faster"')
  await stage.pushAndExpect('git push production main', /not deployed: .* Live is still/)
  await stage.expectVersion('two')

  printHeading(
    'She repairs it, but now the server crashes at its start. Version two is put back, and again nobody is refused.',
  )
  await stage.runInClone(
    `sed -i 's/npm sea/npm ci/' Dockerfile; sed -i 's/= createServer/= creatServer/' server/server.js`,
  )
  await stage.runInClone('git commit -qam "Repair the Dockerfile"')
  await stage.pushAndExpect('git push production main', /not deployed: .* Live again: .*; 0 refused, longest wait /)
  await stage.expectVersion('two')

  printHeading('She repairs that, too. With -o quiet she is told what became of each step, without its output.')
  await stage.runInClone(`sed -i "s/creatServer/createServer/; s/'two'/'three'/" server/server.js`)
  await stage.runInClone('git commit -qam "Version three"')
  await stage.pushAndExpect('git push -o quiet production main', /live: \w+ on port 80/)
  await stage.expectVersion('three')

  printHeading('Who deployed what, and what came of it.')
  await stage.runAsAda('bptctl history')
  await stage.runAsAda('ls /bpt/production/build-logs')

  printHeading('The last lines of the journal, and what systemd knows.')
  await stage.runAsRoot('sudo journalctl -u bpt-deployer -p info -n 8 --no-pager')
  await stage.runAsRoot('systemctl show -p ActiveState -p StatusText bpt-deployer')

  printHeading('That is all. The server runs on; from here:')
  printNextSteps(stage)
}

function printNextSteps({ vm, clone, sshConfig }: DemoSite): void {
  const here = (path: string) => relative(process.env.INIT_CWD ?? process.cwd(), path) || '.'
  printLines(
    `  log in    ssh -F ${here(sshConfig)} production   (ada)`,
    `            docker exec -it ${vm.container} bash -l   (root)`,
    `  push      cd ${here(clone)}`,
    '            change server/server.js, git commit -a, git push production main',
    `  look      http://${vm.address}/`,
    '  stop      npm run demo -- --stop',
  )
}

async function removeDemo(): Promise<void> {
  const { container, disk, hostDirectory } = new Vm(name)
  await new Vm(name).destroy()
  const left = [await tryDocker(['container', 'inspect', container]), await tryDocker(['volume', 'inspect', disk])]
  if (left.some(({ code }) => code === 0)) throw new Error(`Docker does not remove ${container}.`)
  printLines(
    `The demo's server and ${relative(checkoutDirectory, hostDirectory)} are gone. The image it boots from stays.`,
  )
}

try {
  const { values } = parseArgs({ options: { stop: { type: 'boolean', default: false } } })
  await (values.stop ? removeDemo() : runDemo())
} catch (thrown) {
  console.error(`\nThe demo ends here. ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  process.exitCode = 1
}
