// The test machines by hand: node test/vm/main.ts prepare | boot | sh | stop [name]
import { spawnSync } from 'node:child_process'
import { dockerClient } from './docker.ts'
import { privateKeyPath } from './keys.ts'
import { prepareBootSource } from './prepare/boot-source.ts'
import { bootVm, Vm } from './vm.ts'

const [act = '', name = 'play'] = process.argv.slice(2)

const acts: Record<string, () => Promise<void>> = {
  async prepare() {
    await prepareBootSource()
  },
  async boot() {
    const { address } = await bootVm(name)
    console.log(`${name} has booted. Its address is ${address}; what it serves: http://${address}/`)
    console.log(`A shell:  node test/vm/main.ts sh ${name}`)
    console.log(`As ada:   ssh -i ${privateKeyPath('ada')} ada@${address}`)
    console.log(`Away:     node test/vm/main.ts stop ${name}`)
  },
  async sh() {
    const { container } = new Vm(name)
    process.exitCode =
      spawnSync(dockerClient, ['exec', '-it', '-w', '/root', container, 'bash', '-l'], { stdio: 'inherit' }).status ?? 1
  },
  async stop() {
    await new Vm(name).destroy()
  },
}

const chosen = acts[act]
if (chosen) await chosen()
else {
  console.error('Usage: node test/vm/main.ts prepare | boot | sh | stop [name]')
  process.exitCode = 2
}
