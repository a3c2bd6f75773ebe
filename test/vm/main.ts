// Boots test VMs by hand: node test/vm/main.ts prepare | boot | sh | stop [name]
import { spawnSync } from 'node:child_process'
import { prepareBootSource } from './boot/boot-source.ts'
import { bootVm } from './boot/boot-vm.ts'
import { dockerClient } from './docker.ts'
import { privateKeyPath } from './keys.ts'
import { Vm } from './vm.ts'

const [commandName = '', vmName = 'play'] = process.argv.slice(2)

const commands: Record<string, () => Promise<void>> = {
  async prepare() {
    await prepareBootSource()
  },
  async boot() {
    const { address } = await bootVm(vmName)
    console.log(`${vmName} has booted. Its address is ${address}, its port 80 is http://${address}/.`)
    console.log(`root shell:  node test/vm/main.ts sh ${vmName}`)
    console.log(`as ada:      ssh -i ${privateKeyPath('ada')} ada@${address}`)
    console.log(`remove it:   node test/vm/main.ts stop ${vmName}`)
  },
  async sh() {
    const { container } = new Vm(vmName)
    const argv = ['exec', '-it', '-w', '/root', container, 'bash', '-l']
    process.exitCode = spawnSync(dockerClient, argv, { stdio: 'inherit' }).status ?? 1
  },
  async stop() {
    await new Vm(vmName).destroy()
  },
}

const command = commands[commandName]
if (command) await command()
else {
  console.error('Usage: node test/vm/main.ts prepare | boot | sh | stop [name]')
  process.exitCode = 2
}
