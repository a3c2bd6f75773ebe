// npm run demo: shows the product in a test VM, from the installation to pushes that fail. Each step is checked.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DemoSite } from './demo/demo-site.ts'
import { printHeading, printLines, printPrompt, showCommand, showElapsedSeconds } from './demo/terminal.ts'
import { bootVm } from './vm/boot/boot-vm.ts'
import { tryDocker } from './vm/docker.ts'
import { checkoutDirectory } from './vm/paths.ts'
import { Vm } from './vm/vm.ts'

const vmName = 'demo'

async function runDemo(): Promise<void> {
  printHeading('Build the product into dist/.')
  const build = await showCommand('npm run -s build', spawn('npm', ['run', '-s', 'build'], { cwd: checkoutDirectory }))
  if (build.code !== 0) throw new Error('The build failed.')

  printHeading(
    'Boot a server: Debian with systemd, Docker, git and sshd in a container. The first boot may take minutes.',
  )
  const { value: vm, seconds } = await showElapsedSeconds(() => bootVm(vmName))
  printLines(`The server ${vm.address} has booted in ${seconds} s. Its host name is production.`)

  printHeading('Install the product as root from a copy of dist/.')
  await vm.copyIn(join(checkoutDirectory, 'dist'), '/root/dist')
  const site = await DemoSite.create(vm)
  await site.runAsRoot('sudo dist/install.sh')

  printHeading('Prepare the server for pushes, write the password of the database, and let the user ada deploy.')
  await site.runAsRoot('sudo bptctl init')
  await site.runAsRoot('openssl rand -base64 24 | sudo tee /bpt/production/code/.secrets/db_password > /dev/null')
  await site.runAsRoot('sudo usermod -aG bpt ada')

  printHeading('ada pushes her clone of a web server with a database.')
  printPrompt(`cd ${site.clone}`)
  await site.runInClone('git remote add production ssh://ada@production/bpt/production/code')
  await site.pushAndExpect('git push production main', /live: \w+ on port 80/)
  await site.expectVersion('one')
  await site.runAsAda('bptctl status')

  printHeading('ada pushes version two. Connections wait during the swap, and none is refused.')
  await site.runInClone(`sed -i "s/version = 'one'/version = 'two'/" server/server.js`)
  await site.runInClone('git commit -qam "Version two"')
  await site.pushAndExpect('git push production main', /live: \w+ on port 80, .*; 0 refused, longest wait /)
  await site.expectVersion('two')

  printHeading('ada pushes a Dockerfile that does not build. No container is replaced, and version two still answers.')
  await site.runInClone(`sed -i 's/npm ci/npm sea/' Dockerfile`)
  await site.runInClone('git commit -qam "Install the packages faster"')
  await site.pushAndExpect('git push production main', /not deployed: .* Live is still/)
  await site.expectVersion('two')

  printHeading(
    'ada repairs the Dockerfile, but breaks the web server. Version two is put back, and no connection is refused.',
  )
  await site.runInClone(
    `sed -i 's/npm sea/npm ci/' Dockerfile; sed -i 's/= createServer/= creatServer/' server/server.js`,
  )
  await site.runInClone('git commit -qam "Repair the Dockerfile"')
  await site.pushAndExpect('git push production main', /not deployed: .* Live again: .*; 0 refused, longest wait /)
  await site.expectVersion('two')

  printHeading('ada repairs the web server. With -o quiet, the push prints only one line for each step.')
  await site.runInClone(`sed -i "s/creatServer/createServer/; s/'two'/'three'/" server/server.js`)
  await site.runInClone('git commit -qam "Version three"')
  await site.pushAndExpect('git push -o quiet production main', /live: \w+ on port 80/)
  await site.expectVersion('three')

  printHeading('List all deploys and their logs.')
  await site.runAsAda('bptctl history')
  await site.runAsAda('ls /bpt/production/build-logs')

  printHeading('Show the last lines of the journal and the status line of systemd.')
  await site.runAsRoot('sudo journalctl -u bpt-deployer -p info -n 8 --no-pager')
  await site.runAsRoot('systemctl show -p ActiveState -p StatusText bpt-deployer')

  printHeading('The demo has ended, and its server keeps running. Next steps:')
  printNextSteps(site)
}

function printNextSteps({ vm, clone, sshConfig }: DemoSite): void {
  printLines(
    `  log in    ssh -F ${sshConfig} production   (ada)`,
    `            docker exec -it ${vm.container} bash -l   (root)`,
    `  push      cd ${clone}`,
    '            change server/server.js, git commit -a, git push production main',
    `  open      http://${vm.address}/`,
    `  remove    npm --prefix ${checkoutDirectory} run demo -- --stop`,
    'This and the next demo also delete the clone with the commits that you make in it.',
  )
}

async function removeDemo(): Promise<void> {
  const vm = new Vm(vmName)
  await vm.destroy()
  const remains = [
    ['container', 'inspect', vm.container],
    ['volume', 'inspect', vm.disk],
  ].map((args) => tryDocker(args))
  for (const { code } of await Promise.all(remains))
    if (code === 0) throw new Error(`Docker did not remove ${vm.container}.`)
  printLines(
    `The demo's server and ${vm.hostDirectory}, with ada's clone, are removed. The image of the server is kept.`,
  )
}

try {
  const { values } = parseArgs({ options: { stop: { type: 'boolean', default: false } } })
  await (values.stop ? removeDemo() : runDemo())
} catch (thrown) {
  console.error(`\nThe demo has failed. ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  process.exitCode = 1
}
