import { compatibleForm } from '@consort/basics'

/**
 * The words of a text in their order, at most `max`: runs of letters, digits and the marks on them, in lower case and
 * in one form of Unicode (NFKC). Scripts that put no space between words (Han, Hiragana, Katakana) give each pair of
 * neighbouring characters instead, and a character that stands alone gives itself: it needs no dictionary, which would
 * be part of every recipe and of every browser.
 */
export function wordsOf(text: string, max: number): string[] {
  const words: string[] = []
  for (const [run] of compatibleForm(text).toLowerCase().matchAll(runs)) {
    if (words.length >= max) break
    if (unspaced.test(run)) addPairs(run, words, max)
    else words.push(run)
  }
  return words
}

/** Characters of scripts without spaces are runs of their own, so that `5G手机` is a word and a pair. */
const runs =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}])+/gu
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

function addPairs(run: string, words: string[], max: number): void {
  let before = ''
  for (const character of run) {
    if (words.length >= max) return
    if (before !== '') words.push(before + character)
    before = character
  }
  if (before === run) words.push(run)
}
