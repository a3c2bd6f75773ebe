// The story of the product, told on a machine of its own: each act is announced, shown, and checked.
import { spawn } from 'node:child_process'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Stage } from './demo/demo-site.ts'
import { act, counted, show, tell } from './demo/terminal.ts'
import { tried } from './vm/docker.ts'
import { checkout } from './vm/paths.ts'
import { bootVm, Vm } from './vm/vm.ts'

const name = 'demo'

async function story(): Promise<void> {
  act('Build the product: what is installed on a server lies in dist/ afterwards.')
  const build = await show('npm run -s build', spawn('npm', ['run', '-s', 'build'], { cwd: checkout }))
  if (build.code !== 0) throw new Error('The product does not build.')

  act('Boot a server: Debian with systemd, Docker, git and sshd, in a container. The first time this takes minutes.')
  const { value: vm, seconds } = await counted(() => bootVm(name))
  tell(`It is called production, its address is ${vm.address}, and it answers after ${seconds} s.`)

  act('Install the product on it as root, from a copy of dist/.')
  await vm.copyIn(join(checkout, 'dist'), '/root/dist')
  const stage = await Stage.set(vm)
  await stage.root('sudo dist/install.sh')

  act('Make the server ready for pushes, give the database a password, let ada deploy.')
  await stage.root('sudo bptctl init')
  await stage.root('openssl rand -base64 24 | sudo tee /bpt/production/code/.secrets/db_password > /dev/null')
  await stage.root('sudo usermod -aG bpt ada')

  act('ada has a clone of a web server with a database. She pushes it.')
  await stage.ada('git remote add production ssh://ada@production/bpt/production/code')
  await stage.push('git push production main', /live: \w+ on port 80/)
  await stage.visit('one')
  await stage.ssh('bptctl status')

  act('She changes the version and pushes again. Who connects during the swap waits, nobody is refused.')
  await stage.ada(`sed -i "s/version = 'one'/version = 'two'/" server/server.js`)
  await stage.ada('git commit -qam "Version two"')
  await stage.push('git push production main', /live: \w+ on port 80, .*; 0 refused, longest wait /)
  await stage.visit('two')

  act('She pushes a Dockerfile that does not build. Nothing is replaced: version two answers.')
  await stage.ada(`sed -i 's/npm ci/npm sea/' Dockerfile`)
  await stage.ada('git commit -qam "Install the packages faster"')
  await stage.push('git push production main', /not deployed: .* Live is still/)
  await stage.visit('two')

  act('She repairs it, but now the server crashes at its start. Version two is put back, and again nobody is refused.')
  await stage.ada(`sed -i 's/npm sea/npm ci/' Dockerfile; sed -i 's/= createServer/= creatServer/' server/server.js`)
  await stage.ada('git commit -qam "Repair the Dockerfile"')
  await stage.push('git push production main', /not deployed: .* Live again: .*; 0 refused, longest wait /)
  await stage.visit('two')

  act('She repairs that, too. With -o quiet she is told what became of each step, without its output.')
  await stage.ada(`sed -i "s/creatServer/createServer/; s/'two'/'three'/" server/server.js`)
  await stage.ada('git commit -qam "Version three"')
  await stage.push('git push -o quiet production main', /live: \w+ on port 80/)
  await stage.visit('three')

  act('Who deployed what, and what came of it.')
  await stage.ssh('bptctl history')
  await stage.ssh('ls /bpt/production/build-logs')

  act('The last lines of the journal, and what systemd knows.')
  await stage.root('sudo journalctl -u bpt-deployer -p info -n 8 --no-pager')
  await stage.root('systemctl show -p ActiveState -p StatusText bpt-deployer')

  act('That is all. The server runs on; from here:')
  farewell(stage)
}

function farewell({ vm, clone, sshConfig }: Stage): void {
  const here = (path: string) => relative(process.env.INIT_CWD ?? process.cwd(), path) || '.'
  tell(
    `  log in    ssh -F ${here(sshConfig)} production   (ada)`,
    `            docker exec -it ${vm.container} bash -l   (root)`,
    `  push      cd ${here(clone)}`,
    '            change server/server.js, git commit -a, git push production main',
    `  look      http://${vm.address}/`,
    '  stop      npm run demo -- --stop',
  )
}

async function stop(): Promise<void> {
  const { container, disk, directory } = new Vm(name)
  await new Vm(name).destroy()
  const left = [await tried(['container', 'inspect', container]), await tried(['volume', 'inspect', disk])]
  if (left.some(({ code }) => code === 0)) throw new Error(`Docker does not remove ${container}.`)
  tell(`The demo's server and ${relative(checkout, directory)} are gone. The image it boots from stays.`)
}

try {
  const { values } = parseArgs({ options: { stop: { type: 'boolean', default: false } } })
  await (values.stop ? stop() : story())
} catch (thrown) {
  console.error(`\nThe demo ends here. ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  process.exitCode = 1
}
