// Points in time and spans as people say them.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `14:02` today, `Nov 20` before. */
export function shortDate(at: number, now: number): string {
  const date = new Date(at)
  if (date.toDateString() === new Date(now).toDateString()) return date.toTimeString().slice(0, 5)
  const month = date.toLocaleString('en-US', { month: 'short', day: 'numeric' })
  return date.getFullYear() === new Date(now).getFullYear() ? month : `${month} ${date.getFullYear()}`
}

/** `14:02 (3 h ago)`, `Nov 20 (2 d 3 h ago)`. */
export function dateAndAge(at: number, now: number): string {
  const ago = now - at < minute ? 'just now' : `${ageText(now - at)} ago`
  return `${shortDate(at, now)} (${ago})`
}

/** The two largest units: `40 s`, `5 min`, `3 h 20 min`, `1 d 3 h`, `12 days`. */
export function ageText(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / 1000))} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day) return joined(Math.floor(ms / hour), 'h', Math.floor((ms % hour) / minute), 'min')
  if (ms < 7 * day) return joined(Math.floor(ms / day), 'd', Math.floor((ms % day) / hour), 'h')
  return `${Math.floor(ms / day)} days`
}

function joined(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`
}
