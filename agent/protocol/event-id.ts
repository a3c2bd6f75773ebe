// Gives each kind of event its MESSAGE_ID, for `journalctl MESSAGE_ID=…` and the catalog
// (systemd/bpt-deployer.catalog). The ids are random, as `systemd-id128 new` makes them; never change one.

export const eventIds = {
  started: 'bfaf9a06956e4303bea2f9e7683deb71',
  stopping: 'bc357214c83647daa16ca51218f87677',
  accepted: 'b168c5dec2c94dcfaa628b16c2fef3d0',
  superseded: 'ecf19d77c3b24095b82480dae0c1b115',
  began: 'cfb34c460c1a4366817634555413f650',
  step: 'c406561206154d68a46f40680208f891',
  live: '154406d2fc624ff887d97c2d660e9668',
  failed: '2ca6a5c2932b464190429936a761db61',
  cancelled: 'b9088afa3a714acd9f64e5f1cb1cbea2',
  paused: '02a878958dec4811bf9fe1bd7b4d59ea',
  resumed: '5a5bf9b7811740239240ea120b05fedd',
  fault: '3c5095d5bbe0427c80593b009a005fc6',
  booted: '30903ca98b994f4f86256d57dd3ff1ab',
} as const

export type EventKind = keyof typeof eventIds
