// Names the folders of the checkout.
import { join } from 'node:path'

export const checkoutDirectory = join(import.meta.dirname, '..', '..')
export const cacheDirectory = join(checkoutDirectory, '.cache', 'vm')
export const imagesDirectory = join(import.meta.dirname, 'images')
