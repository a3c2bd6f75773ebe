// Reads the options of `git push -o WORD`, as git hands them to post-receive.
import { plainWords } from '../text/plain-text.ts'
import { cutText } from '../text/text-width.ts'

const maxShownColumns = 24

export interface PushOptions {
  isQuiet: boolean
  /** All other options, as they are shown to the pusher. */
  unknown: string[]
}

export function parsePushOptions(env: NodeJS.ProcessEnv): PushOptions {
  const count = Number(env.GIT_PUSH_OPTION_COUNT ?? 0)
  const options = Array.from({ length: count }, (_, index) => env[`GIT_PUSH_OPTION_${index}`] ?? '')
  const unknown = options.filter((option) => option !== 'quiet')
  return {
    isQuiet: options.includes('quiet'),
    unknown: unknown.map((option) => cutText(plainWords(option), maxShownColumns)),
  }
}

/** @param deploy number of the deploy that the push asks for, null if it asks for none. */
export function unknownOptionLines({ unknown }: PushOptions, deploy: number | null): string[] {
  const rest = deploy === null ? '' : `; deploy ${deploy} continues`
  return unknown.map((option) => `unknown push option "${option}", known is: quiet${rest}`)
}
