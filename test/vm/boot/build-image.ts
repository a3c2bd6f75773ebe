// Builds an image for the test VMs.
import { runDocker } from '../docker.ts'

/** Tells images and volumes of the tests from the user's own. */
export const preparedLabel = 'bpt-deployer.test=prepared'

export async function buildImage(image: string, base: string, context: string): Promise<string> {
  await runDocker(['build', '-q', '-t', image, '--label', preparedLabel, '--build-arg', `BASE=${base}`, context])
  return image
}
