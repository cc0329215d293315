import assert from 'node:assert/strict'
import test from 'node:test'
import { compatibleForm } from './compatible-form.ts'

/** The longest run of characters that sorting could move. */
const longestRun = (text: string): number =>
  Math.max(
    0,
    ...text.split('\u034f').flatMap(part => [...part.matchAll(/\p{M}+/gu)].map(([run]) => run.length)),
  )

test('what people write is in NFKC as the standard has it', () => {
  for (const text of [
    'ﬁne ＡＢＣ',
    'cafe\u0301',
    'ｶﾞ',
    'q\u0307\u0323',
    `o${'\u0301\u0316'.repeat(15)}`,
    '한국',
    '',
  ])
    assert.equal(compatibleForm(text), text.normalize('NFKC'))
})

test('no run of marks is so long that sorting it takes the square of it', () => {
  for (const marks of ['\u0301', '\u0301\u0316', '\u0301\uff9e', '\u0344\u0316', '\uff9f\u0301']) {
    const form = compatibleForm(`a${marks.repeat(1000)}`)
    assert.ok(longestRun(form) <= 60, `${JSON.stringify(marks)}: ${longestRun(form)}`)
    assert.ok(form.replaceAll('\u034f', '').length >= 1000, 'no mark is lost')
  }
})
