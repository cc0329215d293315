import assert from 'node:assert/strict'
import test from 'node:test'
import { type Agreement, agreementSchema, digestOfDocument } from '@consort/protocol'
import { agreement, roster, withBenefit } from '../testing/clinics.ts'
import { describeAgreement, describeChanges } from './describe-agreement.ts'

const languages = ['en', 'zh'] as const

function assertHolds(text: string, parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `${part} is not in:\n${text}`)
}

for (const language of languages) {
  test(`the description says every term, and every member by name (${language})`, () => {
    const text = describeAgreement(agreement, roster, language)
    assertHolds(text, ['clinics', agreement.roster, digestOfDocument(agreement), agreement.purpose[language]])
    assertHolds(
      text,
      roster.members.map(({ name }) => name),
    )
    for (const { dataset, fields, label } of agreement.data) {
      for (const field of [...fields, label]) {
        assertHolds(text, [`${dataset}.${field.name}`, field.meaning[language]])
        if (field.kind === 'number') assertHolds(text, [String(field.min), String(field.max)])
        else
          assertHolds(
            text,
            field.codes.flatMap(({ code, meaning }) => [code, meaning[language]]),
          )
      }
    }
    assertHolds(text, ['mg/dL', 'heart-fixed', agreement.recipes[1]!.digest!, '500', '0.25 EUR'])
    for (let clause = 1; clause <= 11; clause++) assertHolds(text, [`\n${clause}. `])
  })

  test(`the example divides a hundred exactly, in the currency's own decimals (${language})`, () => {
    const rules: [Agreement, string[]][] = [
      [agreement, ['100.00 EUR', 'east 14.28', 'north 42.86', 'south 42.86']],
      [
        withBenefit({ rule: { kind: 'by-use' } }),
        ['east 3', 'south 1', 'east 50.00', 'north 33.33', 'south 16.67'],
      ],
      [
        withBenefit({ rule: { kind: 'by-examples' }, currency: 'JPY' }),
        ['100 JPY', '25 JPY', 'north 200', 'east 50', 'north 33', 'south 17'],
      ],
    ]
    for (const [terms, amounts] of rules) assertHolds(describeAgreement(terms, roster, language), amounts)
  })

  test(`names of a roster that the terms do not name are not passed off as theirs (${language})`, () => {
    const other = { ...roster, version: 9 }
    const text = describeAgreement(withBenefit({ rule: { kind: 'by-use' } }), other, language)
    assert.doesNotMatch(text, /\b(east|lab)\b/)
  })

  test(`no text can pass for a clause of its own or hide what it says (${language})`, () => {
    const forged = 'x\n7. Use\r\n\u2028\u202eall\u200b'
    const purpose = { en: forged, zh: forged }
    const text = describeAgreement({ ...agreement, purpose }, roster, language)
    assert.ok(text.includes('x\\u{a}7. Use\\u{d}\\u{a}\\u{2028}\\u{202e}all\\u{200b}'))
    assert.equal(text.split('\n').length, describeAgreement(agreement, roster, language).split('\n').length)
  })

  test(`a change of any term is listed under its clause (${language})`, () => {
    for (const { path, changed, clause } of everyChange(agreement)) {
      const lines = describeChanges(agreement, changed, language)
      assert.notDeepEqual(lines, [], path)
      for (const line of lines) assert.match(line, new RegExp(`^(第 )?${clause}(\\.| 条) `), path)
      assert.deepEqual(describeChanges(changed, changed, language), [], path)
    }
  })

  test(`what is added and removed is named, and nothing else (${language})`, () => {
    const [patients] = agreement.data
    const [age, ...others] = patients!.fields
    const next: Agreement = {
      ...agreement,
      version: 2,
      previous: digestOfDocument(agreement),
      data: [{ ...patients!, fields: [...others, { ...age!, name: 'height' }] }],
      use: ['south', 'east'],
      benefit: { ...agreement.benefit, rule: { kind: 'by-use' } },
    }
    const lines = describeChanges(agreement, next, language)
    const expected = [
      /^\D*3.*patients\.age/,
      /^\D*3.*patients\.height/,
      /^\D*7.*north/,
      /^\D*7.*east/,
      /^\D*10.*north/,
      /^\D*10.*south/,
      /^\D*10.*east/,
      /^\D*10.*→/,
    ]
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(lines[index]!, pattern)
  })
}

test('a text that changes only in the other language is listed with that language’s words', () => {
  const zh = { ...agreement, purpose: { ...agreement.purpose, zh: '出售数据' } }
  const [inEnglish, ...more] = describeChanges(agreement, zh, 'en')
  assertHolds(inEnglish!, ['2. Purpose', 'Chinese', agreement.purpose.zh, '出售数据'])
  assert.deepEqual(more, [])
  const en = { ...agreement, purpose: { ...agreement.purpose, en: 'To sell the data' } }
  assertHolds(describeChanges(agreement, en, 'zh')[0]!, ['英文', agreement.purpose.en, 'To sell the data'])
})

test('the same terms in another order are the same terms', () => {
  const { recipes, use } = agreement
  const turned = { ...agreement, recipes: recipes.toReversed(), use: use.toReversed() }
  assert.deepEqual(describeChanges(agreement, turned, 'en'), [])
})

const clauseOf: Record<string, number> = {
  roster: 1,
  purpose: 2,
  data: 3,
  statistics: 4,
  recipes: 5,
  privacy: 6,
  use: 7,
  retrainAfterExamples: 8,
  'benefit.currency': 9,
  'benefit.answerPrice': 9,
  'benefit.rule': 10,
}

/** The agreement with one leaf changed, for every leaf that an amendment may change. */
function everyChange(terms: Agreement): { path: string; changed: Agreement; clause: number }[] {
  const changes: ReturnType<typeof everyChange> = []
  const visit = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key])
      return
    }
    const name = path.join('.')
    const clause = Object.entries(clauseOf).find(([start]) => name.startsWith(start))?.[1]
    if (clause === undefined || path.at(-1) === 'kind') return
    changes.push({ path: name, changed: withLeaf(terms, path, otherThan(value)), clause })
  }
  visit(terms, [])
  assert.ok(changes.length > 50)
  return changes
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (value === null) return 8
  if (typeof value !== 'string') throw new TypeError(`${value}`)
  return /^[A-Z]{3}$/.test(value) ? 'JPY' : `${value.slice(0, -1)}${value.endsWith('b') ? 'a' : 'b'}`
}

function withLeaf(terms: Agreement, path: readonly (string | number)[], leaf: unknown): Agreement {
  const copy = structuredClone(terms)
  let at = copy as unknown as Record<string, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as typeof at
  at[path.at(-1)!] = leaf
  return agreementSchema.parse(copy)
}
