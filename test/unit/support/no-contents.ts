import type { ContentReader } from '../../../agent/interfaces/engine/used-content.ts'

/** A reader for services that use no files. */
export const noContents: ContentReader = { readStates: async () => [], listChangedFiles: async () => [] }
