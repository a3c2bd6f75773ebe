// Gives a test VM a boot id of its own at each boot: a container shows the boot id of its host.
import type { Vm } from '../vm.ts'

const unit = `[Unit]\nDefaultDependencies=no\nBefore=bpt-deployer.service\n[Service]\nType=oneshot\nRemainAfterExit=yes
ExecStart=sh -c 'cat /proc/sys/kernel/random/uuid > /run/boot-id && mount --bind /run/boot-id /proc/sys/kernel/random/boot_id'
[Install]\nWantedBy=multi-user.target\n`

export async function giveOwnBootId(vm: Vm): Promise<void> {
  await vm.writeFile('/etc/systemd/system/new-boot-id.service', unit)
  await vm.run('systemctl daemon-reload && systemctl enable -q --now new-boot-id')
}
