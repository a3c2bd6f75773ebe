// Writes points in time and spans in the words of people, at local time.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Writes `14:02` today, `Nov 20` before, `Nov 20 2025` before this year. */
export function shortDate(at: number, now: number): string {
  const date = new Date(at)
  if (date.toDateString() === new Date(now).toDateString()) return date.toTimeString().slice(0, 5)
  const month = date.toLocaleString('en-US', { month: 'short', day: 'numeric' })
  return date.getFullYear() === new Date(now).getFullYear() ? month : `${month} ${date.getFullYear()}`
}

/** Writes `14:02 (3 h ago)`, `Nov 20 (2 d ago)`; the date alone if the clock was set back since. */
export function dateAndAge(at: number, now: number): string {
  if (isAhead(at, now)) return shortDate(at, now)
  const ago = now - at < minute ? 'just now' : `${ageText(now - at)} ago`
  return `${shortDate(at, now)} (${ago})`
}

/** Writes one whole unit: `40 s`, `5 min`, `3 h`, `12 d`. */
export function ageText(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / 1000))} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day) return `${Math.floor(ms / hour)} h`
  return `${Math.floor(ms / day)} d`
}

/** Writes the age of a point in time; nothing if the clock was set back since. */
export function ageAt(at: number, now: number): string {
  return isAhead(at, now) ? '' : ageText(now - at)
}

/** True for a time in the future: two clocks differ by less than a minute. */
function isAhead(at: number, now: number): boolean {
  return at - now >= minute
}

/** Writes the two largest units, for spans that are compared: `3 h 20 min`, `1 d 3 h`, `12 d`. */
export function spanText(ms: number): string {
  if (ms < hour || ms >= 7 * day) return ageText(ms)
  const [unit, smaller] = ms < day ? [hour, minute] : [day, hour]
  const rest = ms % unit
  return rest < smaller ? ageText(ms) : `${ageText(ms)} ${ageText(rest)}`
}
