import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { escapeTerminalCodes, plainText, plainWords } from '../../../../client/text/plain-text.ts'

describe('plain text', () => {
  it('has no control sequence, and no character that reorders its neighbours', () => {
    assert.equal(plainText('\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jcleared\x08\x9b5n'), 'red cleared')
    assert.equal(plainText('user\u202egnp.exe\u2066\u200f'), 'usergnp.exe')
  })

  it('is the last state of a line that overwrites itself', () => {
    assert.equal(plainText('10 %\r50 %\r100 %\r'), '100 %')
  })

  it('joins lines and tabs by single spaces where words are wanted', () => {
    assert.equal(plainWords(' a\nb\t\r\nc\x1b[2K '), 'a b c')
  })
})

describe('JSON for a terminal', () => {
  it('holds the same value without a raw control character', () => {
    const value = { subject: '\x1b[31m\x9b2J\x7f\u202e日本' }
    const json = escapeTerminalCodes(JSON.stringify(value))
    assert.doesNotMatch(json, /[\x00-\x1f\x7f-\x9f\u202e]/)
    assert.deepEqual(JSON.parse(json), value)
  })
})
