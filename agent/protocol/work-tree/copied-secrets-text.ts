// Writes the warning about secrets that get into an image.
import { quotePath } from '../failures/server-failures.ts'

/** @param ignoreFile relative to the repository. */
export function copiedSecretsText(services: string[], paths: string[], ignoreFile: string): string {
  const images =
    services.length === 1 ? `the image of ${services[0]} contains` : `the images of ${services.join(', ')} contain`
  const lines = paths.map((path) => quotePath(`/${path}`)).join(' ')
  return `warning: ${images} ${paths.join(', ')}, which everybody with the image can read; leave them out: printf '%s\\n' ${lines} >> ${quotePath(ignoreFile)}`
}
