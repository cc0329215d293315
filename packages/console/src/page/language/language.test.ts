import assert from 'node:assert/strict'
import test from 'node:test'
import { chinese } from './chinese.ts'
import { english } from './english.ts'
import { formatAgo, formatCell, formatShare } from './format.ts'
import { chooseLanguage } from './language.ts'

/** Every sentence by its place, with numbered words put in. */
function sentences(messages: unknown, path = ''): Map<string, string> {
  if (typeof messages === 'string') return new Map([[path, messages]])
  if (typeof messages === 'function') return new Map([[path, messages('〔1〕', '〔2〕')]])
  const parts = Object.entries(messages as object)
  return new Map(parts.flatMap(([name, part]) => [...sentences(part, `${path}.${name}`)]))
}

test('both languages say everything, and with the same words put in', () => {
  const [en, zh] = [sentences(english), sentences(chinese)]
  assert.deepEqual([...zh.keys()].sort(), [...en.keys()].sort())
  for (const [path, sentence] of en) {
    const put = (text: string): string[] => (text.match(/〔\d〕/g) ?? []).sort()
    assert.notEqual(sentence.trim(), '', path)
    assert.deepEqual(put(zh.get(path)!), put(sentence), path)
    assert.match(zh.get(path)!, path === '.otherLanguage' ? /English/ : /\p{Script=Han}/u, path)
  }
})

test('the language is the one chosen before, else the browser’s', () => {
  assert.equal(chooseLanguage(null, ['fr-FR', 'zh-CN', 'en']), 'zh')
  assert.equal(chooseLanguage('en', ['zh-CN']), 'en')
  assert.equal(chooseLanguage(null, ['de']), 'en')
})

test('shares are never rounded to certainty', () => {
  assert.equal(formatShare(0.8349, 'en'), '83%')
  assert.equal(formatShare(0.9999, 'en'), '> 99%')
  assert.equal(formatShare(0.001, 'en'), '< 1%')
  assert.equal(formatShare(1, 'en'), '100%')
})

test('times are told in the largest unit that fits', () => {
  const now = new Date('2026-01-02T12:00:00Z')
  const ago = (seconds: number, language: 'en' | 'zh' = 'en'): string =>
    formatAgo(new Date(now.getTime() - seconds * 1000), now, language)
  assert.equal(ago(20), 'now')
  assert.equal(ago(200), '3 minutes ago')
  assert.equal(ago(2 * 3600), '2 hours ago')
  assert.equal(ago(200, 'zh'), '3 分钟前')
  assert.equal(ago(-50), 'now', 'the node’s clock may be ahead')
})

test('cells are shown as they were recorded', () => {
  assert.equal(formatCell(0.1 + 0.2), '0.3')
  assert.equal(formatCell(233), '233')
  assert.equal(formatCell('typical'), 'typical')
  assert.equal(formatCell(null), null)
})
