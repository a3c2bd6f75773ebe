// Lists the projects of the compatibility run.
import { addresses } from './addresses.ts'
import { chain } from './chain.ts'
import { crawler } from './crawler.ts'
import { cron } from './cron.ts'
import { external } from './external.ts'
import { fragments } from './fragments.ts'
import { gallery } from './gallery.ts'
import { game } from './game.ts'
import { guestbook } from './guestbook.ts'
import { hostNetwork } from './host-network.ts'
import { layers } from './layers.ts'
import { legacy } from './legacy.ts'
import { monorepo } from './monorepo.ts'
import { moving } from './moving.ts'
import { notes } from './notes.ts'
import { pipeline } from './pipeline.ts'
import { profiles } from './profiles.ts'
import type { Project } from './project.ts'
import { manySettings } from './settings.ts'
import { severalFiles } from './several-files.ts'
import { shop } from './shop.ts'
import { sidecar } from './sidecar.ts'
import { slowCheck } from './slow-check.ts'
import { uploads } from './uploads.ts'
import { variables } from './variables.ts'
import { vault } from './vault.ts'
export const allProjects: Project[] = [
  addresses,
  chain,
  crawler,
  cron,
  external,
  fragments,
  gallery,
  game,
  guestbook,
  hostNetwork,
  layers,
  legacy,
  monorepo,
  moving,
  notes,
  pipeline,
  profiles,
  manySettings,
  severalFiles,
  shop,
  sidecar,
  slowCheck,
  uploads,
  variables,
  vault,
]
