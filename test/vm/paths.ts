// Where things lie in a checkout.
import { join } from 'node:path'

export const checkout = join(import.meta.dirname, '..', '..')
export const cache = join(checkout, '.cache', 'vm')
export const recipes = join(import.meta.dirname, 'images')
