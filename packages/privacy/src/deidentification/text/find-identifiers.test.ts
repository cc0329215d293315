import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostileTexts } from '../../testing/hostile-texts.ts'
import { labelledNotes, parseLabelled } from '../../testing/labelled-notes.ts'
import { isBankCard, isResidentId, luhnHolds } from './check-digits.ts'
import { createIdentifierSearch, matchesOf, merge, type Span } from './find-identifiers.ts'
import { foldText } from './fold-text.ts'
import { createNameSearch } from './name-search.ts'
import { type TextPattern, textPatterns } from './patterns.ts'
import { redact } from './redact.ts'

const names = ['王小明', '欧阳娜娜', 'Maria Lopez', 'Jürgen Müller']
const search = createIdentifierSearch({ names })
const notes = labelledNotes.map(parseLabelled)

/** Exact spans with the right kind count as found; every other span is a false alarm. */
function scoreOf(find: (text: string) => readonly Span[]) {
  let [right, found, wanted] = [0, 0, 0]
  const misses: string[] = []
  for (const { text, spans } of notes) {
    const said = find(text).map(({ start, end, kind }) => `${start}–${end} ${kind}`)
    const truth = spans.map(({ start, end, kind }) => `${start}–${end} ${kind}`)
    right += said.filter(span => truth.includes(span)).length
    found += said.length
    wanted += truth.length
    if (said.join() !== truth.join()) misses.push(`${text}: ${said.join()} instead of ${truth.join()}`)
  }
  return { precision: right / found, recall: right / wanted, misses }
}

/** A search by patterns alone, without names, for planted breaks. */
const searchBy =
  (patterns: readonly TextPattern[], fold: (text: string) => string) =>
  (text: string): Span[] =>
    merge(patterns.flatMap(pattern => [...matchesOf(fold(text), pattern)]))

test('on hand-written notes with near misses, precision and recall are ≥ 0.95', t => {
  assert.ok(labelledNotes.length >= 60)
  const { precision, recall, misses } = scoreOf(search)
  t.diagnostic(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} on ${notes.length} notes`)
  assert.ok(precision >= 0.95 && recall >= 0.95, `${precision}, ${recall}\n${misses.join('\n')}`)
})

test('only the notes marked as hard are missed or false alarms', () => {
  const hard = ['write to maria', 'ring one', '电话幺', 'serial 139', 'lot 123']
  const { misses } = scoreOf(search)
  assert.deepEqual(
    misses.filter(miss => !hard.some(start => miss.startsWith(start))),
    [],
  )
})

test('the notes catch a search without checksums, without folding, without a look at the surroundings', () => {
  const folded = (text: string): string => foldText(text).text
  const whole = scoreOf(searchBy(textPatterns, folded))
  const unchecked = textPatterns.map(({ kind, pattern }) => ({ kind, pattern }))
  const anywhere = textPatterns.map(({ pattern, ...rest }) => ({
    ...rest,
    pattern: new RegExp(pattern.source.replaceAll('(?<!\\d|\\d[.-])', ''), pattern.flags),
  }))
  assert.ok(scoreOf(searchBy(unchecked, folded)).precision < whole.precision - 0.05)
  assert.ok(scoreOf(searchBy(anywhere, folded)).precision < whole.precision - 0.05)
  assert.ok(scoreOf(searchBy(textPatterns, text => text.toLowerCase())).recall < whole.recall - 0.05)
  assert.ok(scoreOf(createIdentifierSearch()).recall < 0.9) // no names
})

test('check digits hold for these numbers and for none with one digit changed or two neighbours swapped', () => {
  assert.ok(luhnHolds('79927398713') && isBankCard('4111111111111111') && isBankCard('378282246310005'))
  assert.ok(!isBankCard('9999999999999995') && luhnHolds('9999999999999995')) // no issuer
  const id = '11010519491231002x'
  assert.ok(isResidentId(id))
  for (let place = 0; place < 17; place++) {
    for (let digit = 0; digit < 10; digit++) {
      const changed = id.slice(0, place) + digit + id.slice(place + 1)
      assert.equal(isResidentId(changed), changed === id, changed)
    }
    const swapped = id.slice(0, place) + id[place + 1] + id[place] + id.slice(place + 2)
    assert.equal(isResidentId(swapped), swapped === id, swapped)
  }
})

test('offsets lead back to the original through ligatures, marks, wide digits and what is left out', () => {
  const original = 'ﬁ\u00adx　 \tＡe\u0301\u200b１３８𝟎𝟎e\u0301'
  const { text, starts, ends } = foldText(original)
  assert.equal(text, 'fix\naé13800é')
  assert.deepEqual(
    [...text].map((_, i) => original.slice(starts[i], ends[i])),
    ['ﬁ', 'ﬁ', 'x', '　 \t', 'Ａ', 'e\u0301', '１', '３', '８', '𝟎', '𝟎', 'e\u0301'],
  )
  for (const hostile of [
    '\u0301'.repeat(200),
    `a${'\u0301\u0323'.repeat(100)}`,
    '\ud800\ud800x',
    '\ufdfa'.repeat(40),
    '',
  ]) {
    const folded = foldText(hostile)
    assert.equal(folded.starts.length, folded.text.length)
    assert.ok(folded.starts.every((start, i) => start < folded.ends[i]! && folded.ends[i]! <= hostile.length))
  }
})

test('names are found as whole words, the longest first, however many are on the list', () => {
  const find = createNameSearch(['an', 'Ana Silva', 'Ana Silva Costa', '李明'])
  const found = (text: string): string[] =>
    find(foldText(text).text).map(({ start, end }) => foldText(text).text.slice(start, end))
  assert.deepEqual(found('banana an Ana Silvas'), ['an'])
  assert.deepEqual(found('ana silva costa, SILVA ANA'), ['ana silva', 'ana silva costa', 'silva ana'])
  assert.deepEqual(found('请李明来'), ['李明'])
  const many = createNameSearch(Array.from({ length: 3000 }, (_, i) => `Name${i} Family`))
  assert.equal(many('name2999 family and name3000 family').length, 1)
  assert.throws(() => createNameSearch(['王']), { code: 'input-invalid' })
})

test('placeholders are stable within a text, and redacting again changes nothing', () => {
  const text = '王小明 138 0013 8000，王 小 明 13800138000, 13911112222; a@b.io A@B.IO'
  const redacted = redact(text, search(text))
  assert.equal(redacted, '[name-1] [phone-1]，[name-1] [phone-1], [phone-2]; [email-1] [email-1]')
  for (const { text } of notes) {
    const once = redact(text, search(text))
    assert.equal(redact(once, search(once)), once)
  }
  const overlapping: Span[] = [
    { start: 2, end: 6, kind: 'name' },
    { start: 4, end: 8, kind: 'phone' },
  ]
  assert.equal(redact('ab345678cd', overlapping), 'ab[phone-1]cd')
})

/** Whether a pattern repeats something without a bound, outside of classes. */
function isUnbounded({ source }: RegExp): boolean {
  const plain = source.replace(/\\[pP]\{[^}]*\}|\\./g, 'c').replace(/\[[^\]]*\]/g, 'c')
  return /[*+]|\{\d+,\}/.test(plain)
}

test('no pattern repeats without a bound, so each start costs at most a constant', () => {
  assert.deepEqual(
    textPatterns.filter(({ pattern }) => isUnbounded(pattern)),
    [],
  )
  for (const planted of [/a+b/, /(?:\d[ -]?)*x/, /\d{3,}/]) assert.ok(isUnbounded(planted), planted.source)
})

test('hostile texts of 100,000 characters are searched to the end', { timeout: 60_000 }, () => {
  for (const [what, piece] of Object.entries(hostileTexts)) {
    const spans = search(piece.repeat(Math.ceil(100_000 / piece.length)))
    assert.ok(
      spans.every(({ start, end }, i) => end > start && start >= (spans[i - 1]?.end ?? 0)),
      what,
    )
  }
})
