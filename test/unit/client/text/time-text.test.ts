import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ageAt, ageText, dateAndAge, shortDate, spanText } from '../../../../client/text/time-text.ts'

const now = new Date(2026, 10, 22, 17, 5).getTime()
const hourMs = 3_600_000
const spans = [40_000, 5 * 60_000, 3 * hourMs, 3.5 * hourMs, 27 * hourMs, 300 * hourMs]

describe('a span of time', () => {
  it('is shown in one whole unit as an age', () => {
    assert.deepEqual(spans.map(ageText), ['40 s', '5 min', '3 h', '3 h', '1 d', '12 d'])
  })

  it('is shown in its two largest units for comparisons', () => {
    assert.deepEqual(spans.map(spanText), ['40 s', '5 min', '3 h', '3 h 30 min', '1 d 3 h', '12 d'])
  })
})

describe('a point in time', () => {
  it('is shown as a time today, as a day this year, and with its year before', () => {
    const times = [now - hourMs, now - 48 * hourMs, now - 400 * 24 * hourMs]
    assert.deepEqual(
      times.map((at) => shortDate(at, now)),
      ['16:05', 'Nov 20', 'Oct 18 2025'],
    )
  })

  it('is shown as just now within the first minute', () => {
    assert.equal(dateAndAge(now - 5000, now), '17:04 (just now)')
  })

  it('has no age if the clock was set back since', () => {
    assert.equal(dateAndAge(now + 2 * hourMs, now), '19:05')
    assert.deepEqual(
      [ageAt(now + 2 * hourMs, now), ageAt(now + 500, now), ageAt(now - hourMs, now)],
      ['', '0 s', '1 h'],
    )
  })
})
