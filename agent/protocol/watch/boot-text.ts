// Words the start of containers after a boot of the server.
import { endSentence } from '../deploy-text.ts'

/**
 * Names the containers in the order of their starts.
 * @param failures the reasons of those that did not start.
 */
export function bootedText(started: string[], failures: string[]): string {
  const text = `started what ran before the boot and Docker left stopped: ${started.join(', ') || 'nothing'}`
  if (failures.length === 0) return text
  return `${text}. Not everything could be started: ${failures.map(endSentence).join(' ')} Look: bptctl status`
}
