// Describes the failures of builds and pulls, for the list in failure.ts.
import { endSentence, shortHash } from '../deploy-text.ts'
import { engineAdvice } from './engine-advice.ts'

export const imageSentences = {
  /** `services` is empty where the builder does not tell whose build failed; the reason is null where it tells none. */
  build_failed: (d: { revision: string; services: string[]; exit: number | string; reason: string | null }) => ({
    reason: `the ${d.services.length > 1 ? 'images' : 'image'} of ${d.services.join(', ') || shortHash(d.revision)} did not build (exit ${d.exit})${d.reason ? `: ${endSentence(d.reason)}` : '.'}`,
    help: engineAdvice(d.reason ?? ''),
  }),
  image_missing: (d: { image: string }) => ({
    reason: `the build left no image ${d.image}, or something has removed it since, such as docker image prune.`,
    help: 'Look for a timer: systemctl list-timers; grep -rs prune /etc/cron* /var/spool/cron',
  }),
  names_moved: (d: { names: string[]; reason: string }) => ({
    reason: `${d.names.length === 1 ? 'the image name' : 'the image names'} ${d.names.join(', ')} could not be put back: ${endSentence(d.reason)}`,
    help: 'Look: docker images',
  }),
  pull_failed: (d: { images: string[]; reason: string }) => ({
    reason: `${d.images.join(', ')} could not be pulled: ${endSentence(d.reason)}`,
    help: /denied|unauthorized|authentication|no basic auth/i.test(d.reason)
      ? 'Log in: sudo -H -u bpt-deployer docker login REGISTRY'
      : (engineAdvice(d.reason) ?? `Try it on the server: docker pull ${d.images[0]}`),
  }),
}
