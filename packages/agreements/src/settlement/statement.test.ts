import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Agreement,
  createRandom,
  digestOfDocument,
  digestOfJson,
  type Statement,
  statementSchema,
  type Usage,
  usagePagesMax,
} from '@consort/protocol'
import {
  agreement,
  brought,
  idOf,
  memberIds,
  novemberUnder,
  roster,
  usageOf,
  versions,
  withBenefit,
} from '../testing/clinics.ts'
import { makePagedStatement, makeStatement, type StatementInputs } from './statement.ts'
import { makePage } from './usage-page.ts'

const byUse = withBenefit({ rule: { kind: 'by-use' } })
const byExamples = withBenefit({ rule: { kind: 'by-examples' } })

/** `name answers collected examples share balance` */
function linesOf(statement: Statement): string[] {
  return statement.lines.map(({ name, answers, collected, examples, share, balance }) =>
    [name, answers, collected, examples, share, balance].join(' '),
  )
}

test('a month by each rule: 11 answers at 0.25, two of them by the second version', () => {
  const expected: [Agreement, string[]][] = [
    [agreement, ['east 0 0 570 39 39', 'north 8 200 1100 118 -82', 'south 3 75 14 118 43']],
    [byUse, ['east 0 0 570 0 0', 'north 8 200 1100 200 0', 'south 3 75 14 75 0']],
    [byExamples, ['east 0 0 570 93 93', 'north 8 200 1100 180 -20', 'south 3 75 14 2 -73']],
  ]
  for (const [terms, lines] of expected) {
    const inputs = novemberUnder(terms)
    const statement = makeStatement(inputs)
    assert.deepEqual(linesOf(statement), lines)
    assert.deepEqual(statementSchema.parse(statement), statement)
    const { lines: _, ...head } = statement
    assert.deepEqual(head, {
      kind: 'statement',
      consortium: 'clinics',
      agreement: digestOfDocument(terms),
      month: '2026-11',
      currency: 'EUR',
      answerPrice: 25,
      rule: terms.benefit.rule,
      revenue: 275,
      usage: digestOfJson(inputs.usages.map(digestOfDocument)),
    })
  }
})

test('shares add up to the revenue and balances to zero, for any price and month', () => {
  const below = createRandom(1).integer
  const members = [memberIds.north, memberIds.south]
  for (let trial = 0; trial < 90; trial++) {
    const [rule] = [agreement.benefit.rule, byUse.benefit.rule, byExamples.benefit.rule].slice(trial % 3)
    const terms = withBenefit({ rule: rule!, answerPrice: below(100_000) })
    const usages = Array.from({ length: below(40) }, (_, index) =>
      usageOf(index, terms, {
        member: members[below(2)]!,
        version: below(2) === 0 ? versions.first : versions.second,
        by: below(2) === 0 ? 'agent' : 'expert',
      }),
    )
    const { lines, revenue } = makeStatement({ ...novemberUnder(terms), usages })
    const sumOf = (figure: 'answers' | 'collected' | 'share' | 'balance'): number =>
      lines.reduce((sum, line) => sum + line[figure], 0)
    assert.equal(revenue, usages.length * terms.benefit.answerPrice)
    assert.deepEqual(
      [sumOf('answers'), sumOf('collected'), sumOf('share'), sumOf('balance')],
      [usages.length, revenue, revenue, 0],
      `trial ${trial}`,
    )
  }
})

test('a statement that names pages divides the month as one that names all events', () => {
  for (const terms of [agreement, byUse, byExamples]) {
    const inputs = novemberUnder(terms)
    const of = { agreement: digestOfDocument(terms), month: inputs.month }
    const events = inputs.usages.map(document => ({ document, signatures: [] }))
    const pages = [events.slice(0, 4), events.slice(4)].map((some, index) =>
      makePage({ ...of, number: index + 1 }, some),
    )
    const { pages: named, edition, ...statement } = makePagedStatement({ ...inputs, pages })
    assert.deepEqual([edition, named], [2, pages.map(digestOfDocument)])
    const { usage: _, ...whole } = makeStatement(inputs)
    assert.deepEqual(statement, whole)
    assert.deepEqual(statementSchema.parse({ ...statement, edition, pages: named }).lines, whole.lines)
  }
})

test('pages with answers of those who may not answer are refused', () => {
  const inputs = novemberUnder(agreement)
  const name = { agreement: digestOfDocument(agreement), month: inputs.month, number: 1 }
  for (const [member, message] of [
    [memberIds.east, /agents of east/],
    [memberIds.lab, /no partner/],
  ] as const) {
    const pages = [makePage(name, [{ document: usageOf(1, agreement, { member }), signatures: [] }])]
    assert.throws(() => makePagedStatement({ ...inputs, pages }), { code: 'agreement-refused', message })
  }
})

test('a statement of more pages than it may name is refused', () => {
  const inputs = novemberUnder(byUse)
  const of = { agreement: digestOfDocument(inputs.agreement), month: inputs.month, number: 1 }
  const page = makePage(of, [{ document: inputs.usages[0]!, signatures: [] }])
  const pages = Array.from({ length: usagePagesMax }, () => page)
  assert.equal(makePagedStatement({ ...inputs, pages }).pages.length, usagePagesMax)
  assert.throws(() => makePagedStatement({ ...inputs, pages: [...pages, page] }), { code: 'too-large' })
})

test('the order in which things come does not matter', () => {
  const inputs = novemberUnder(byExamples)
  const turned = {
    ...inputs,
    usages: inputs.usages.toReversed(),
    brought: new Map([...brought].toReversed()),
  }
  assert.deepEqual(makeStatement(turned), makeStatement(inputs))
})

test('a month without answers has a line of zeros for every partner', () => {
  for (const terms of [agreement, byUse, byExamples]) {
    const statement = makeStatement({ ...novemberUnder(terms), usages: [] })
    assert.deepEqual(linesOf(statement), ['east 0 0 0 0 0', 'north 0 0 0 0 0', 'south 0 0 0 0 0'])
  }
})

test('answers by a version to which no partner brought examples are divided equally', () => {
  const inputs: StatementInputs = {
    ...novemberUnder(byExamples),
    brought: new Map([...brought.keys()].map(id => [id, new Map()])),
  }
  assert.deepEqual(linesOf(makeStatement(inputs)), [
    'east 0 0 0 92 92',
    'north 8 200 0 92 -108',
    'south 3 75 0 91 16',
  ])
})

test('examples of an evaluator or of someone who left count for nobody', () => {
  const inputs = novemberUnder(byExamples)
  const more = new Map(
    [...brought].map(([id, examples]) => [
      id,
      new Map([...examples, [memberIds.lab, 1e6], [idOf('mem', '9'), 1e6]]),
    ]),
  )
  assert.deepEqual(makeStatement({ ...inputs, brought: more }), makeStatement(inputs))
})

test('a month is a month in UTC, and what belongs to another statement is passed over', () => {
  const inputs = novemberUnder(agreement)
  const inside = ['2026-11-01T00:00:00Z', '2026-11-30T23:59:59.999Z']
  const outside = ['2026-10-31T23:59:59.999Z', '2026-12-01T00:00:00Z', '2025-11-14T09:30:00Z']
  const at = (times: string[], number: number): Usage[] =>
    times.map((time, index) => usageOf(number + index, agreement, { at: time }))
  const others = [...at(outside, 200), usageOf(300, byUse)]
  const answersOf = (usages: Usage[]): number => makeStatement({ ...inputs, usages }).revenue / 25
  assert.equal(answersOf(at(inside, 100)), 2)
  assert.equal(answersOf(others), 0)
  assert.deepEqual(makeStatement({ ...inputs, usages: [...others, ...inputs.usages] }), makeStatement(inputs))
})

test('an event that comes twice is counted once; one id with two contents is refused', () => {
  const inputs = novemberUnder(agreement)
  const [first] = inputs.usages
  const again = { ...inputs, usages: [...inputs.usages, { ...first! }] }
  assert.deepEqual(makeStatement(again), makeStatement(inputs))
  const changes: Partial<Usage>[] = [
    { member: memberIds.south },
    { version: versions.second },
    { by: 'expert' },
    { at: '2026-12-14T09:30:00Z' },
    { agreement: digestOfDocument(byUse) },
  ]
  for (const change of changes) {
    const usages = [...inputs.usages, { ...first!, ...change }]
    assert.throws(() => makeStatement({ ...inputs, usages }), {
      code: 'statement-wrong',
      message: new RegExp(first!.id),
    })
  }
})

test('answers of those who may not answer are refused, not passed over', () => {
  const inputs = novemberUnder(agreement)
  const strangers: [Usage['member'], RegExp][] = [
    [memberIds.east, /agents of east/],
    [memberIds.lab, /no partner/],
    [idOf('mem', '9'), /no partner/],
  ]
  for (const [member, message] of strangers) {
    const usages = [...inputs.usages, usageOf(100, agreement, { member })]
    assert.throws(() => makeStatement({ ...inputs, usages }), { code: 'agreement-refused', message })
  }
})

test('inputs that cannot be worked with are refused', () => {
  const inputs = novemberUnder(agreement)
  const unknown = [usageOf(100, agreement, { version: idOf('ver', '9') })]
  const dear = withBenefit({ answerPrice: 1e12 })
  const many = new Map([[versions.first, new Map([[memberIds.north, 2 ** 52]])]])
  const two = [usageOf(1, agreement), usageOf(2, agreement)]
  const wrong: [Partial<StatementInputs>, { code: string; path?: string }][] = [
    [{ month: '2026-13' }, { code: 'input-invalid', path: 'month' }],
    [{ roster: { ...roster, version: 9 } }, { code: 'agreement-altered', path: 'roster' }],
    [{ usages: unknown }, { code: 'not-found', path: 'brought' }],
    [{ agreement: dear, usages: [usageOf(1, dear), usageOf(2, dear)] }, { code: 'too-large' }],
    [{ usages: two, brought: many }, { code: 'too-large' }],
  ]
  for (const [change, expected] of wrong) {
    assert.throws(() => makeStatement({ ...inputs, ...change }), expected)
  }
})
