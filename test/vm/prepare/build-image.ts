// Builds an image of the test machines. Its label tells these images from the user's own.
import { docker } from '../docker.ts'

export const label = 'bpt-deployer.test=prepared'

export async function built(image: string, base: string, context: string): Promise<string> {
  await docker(['build', '-q', '-t', image, '--label', label, '--build-arg', `BASE=${base}`, context])
  return image
}
