// Builds an image of the test machines. Its label tells these images from the user's own.
import { runDocker } from '../docker.ts'

export const preparedLabel = 'bpt-deployer.test=prepared'

export async function buildImage(image: string, base: string, context: string): Promise<string> {
  await runDocker(['build', '-q', '-t', image, '--label', preparedLabel, '--build-arg', `BASE=${base}`, context])
  return image
}
