import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cutText, padText, textWidth } from '../../../../client/text/text-width.ts'

describe('the width of text', () => {
  it('counts two columns for East Asian characters and emoji, none for a mark alone', () => {
    const texts = ['abc', 'für’s', '日本', '🚀', '👩‍👩‍👧', '❤️', '🇩🇪', 'é', '́', '\u200b', '']
    assert.deepEqual(texts.map(textWidth), [3, 5, 4, 2, 2, 2, 2, 1, 0, 0, 0])
  })

  it('counts a tab as the widest that it can be', () => {
    assert.equal(textWidth('a\tb'), 10)
  })
})

describe('text that is cut', () => {
  it('stays as it is when it fits', () => {
    assert.deepEqual([cutText('abc', 3), cutText('日本', 4), cutText('', 0)], ['abc', '日本', ''])
  })

  it('ends with an ellipsis within the columns, and splits no character', () => {
    assert.deepEqual(
      [cutText('abcd', 3), cutText('日本語', 5), cutText('日本語', 4), cutText('a👩‍👩‍👧b', 3), cutText('abcd', 1)],
      ['ab…', '日本…', '日…', 'a…', '…'],
    )
  })

  it('is nothing when there is no room', () => {
    assert.deepEqual([cutText('abc', 0), cutText('abc', -5)], ['', ''])
  })
})

describe('text that is padded', () => {
  it('fills its columns on either side', () => {
    assert.deepEqual(
      [padText('日', 4, 'left'), padText('日', 4, 'right'), padText('abc', 2, 'left')],
      ['日  ', '  日', 'abc'],
    )
  })
})
