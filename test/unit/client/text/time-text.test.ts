import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ageText, dateAndAge, shortDate, spanText } from '../../../../client/text/time-text.ts'

const now = new Date(2026, 10, 22, 17, 5).getTime()
const hourMs = 3_600_000
const spans = [40_000, 5 * 60_000, 3 * hourMs, 3.5 * hourMs, 27 * hourMs, 300 * hourMs]

describe('spans of time', () => {
  it('are ages of one whole unit', () => {
    assert.deepEqual(spans.map(ageText), ['40 s', '5 min', '3 h', '3 h', '1 d', '12 d'])
  })

  it('have their two largest units where they are compared', () => {
    assert.deepEqual(spans.map(spanText), ['40 s', '5 min', '3 h', '3 h 30 min', '1 d 3 h', '12 d'])
  })
})

describe('points in time', () => {
  it('are the time of today, the day of this year, and the year before that', () => {
    const times = [now - hourMs, now - 48 * hourMs, now - 400 * 24 * hourMs]
    assert.deepEqual(
      times.map((at) => shortDate(at, now)),
      ['16:05', 'Nov 20', 'Oct 18 2025'],
    )
  })

  it('are just now when they are under a minute ago', () => {
    assert.equal(dateAndAge(now - 5000, now), '17:04 (just now)')
  })
})
