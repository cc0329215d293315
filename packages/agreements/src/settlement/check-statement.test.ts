import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfDocument, type Statement, type WholeStatement } from '@consort/protocol'
import {
  agreement,
  brought,
  memberIds,
  novemberUnder,
  usageOf,
  versions,
  withBenefit,
} from '../testing/clinics.ts'
import { checkStatement } from './check-statement.ts'
import { makePagedStatement, makeStatement } from './statement.ts'
import { makePage } from './usage-page.ts'

const terms = withBenefit({ rule: { kind: 'by-examples' } })
const inputs = novemberUnder(terms)
const statement = makeStatement(inputs)
type Line = Statement['lines'][number]

function withLine(index: number, change: Partial<Line>): Statement {
  return { ...statement, lines: statement.lines.with(index, { ...statement.lines[index]!, ...change }) }
}

function assertWrong(wrong: Statement, expected: { path: string; message: RegExp }, known = inputs): void {
  assert.throws(() => checkStatement(wrong, known), {
    code: 'statement-wrong',
    hint: /countersign/,
    ...expected,
  })
}

test('a statement that was worked out from the same inputs holds, after the wire too', () => {
  assert.doesNotThrow(() => checkStatement(statement, inputs))
  assert.doesNotThrow(() => checkStatement(JSON.parse(JSON.stringify(statement)), inputs))
})

test('a wrong cent is found in every figure of every line, by member, field, what it says and what it should be', () => {
  const figures = ['answers', 'collected', 'examples', 'share', 'balance'] as const
  const shown = (figure: (typeof figures)[number], value: number): string =>
    figure === 'answers' || figure === 'examples' ? String(value) : `${(value / 100).toFixed(2)} EUR`
  for (const [index, line] of statement.lines.entries()) {
    for (const figure of figures) {
      const message = `${line.name}: ${figure} says ${shown(figure, line[figure] + 1)} and should be ${shown(figure, line[figure])}`
      assertWrong(withLine(index, { [figure]: line[figure] + 1 }), {
        path: `lines[${index}].${figure}`,
        message: new RegExp(`^${message}$`),
      })
    }
  }
})

test('a statement that is read by another edition than its agreement is found', () => {
  assertWrong({ ...statement, wording: 2 }, { path: 'wording', message: /wording says 2 and should be 1/ })
})

test('a swapped share is found though the sums are right', () => {
  const [east, north] = statement.lines as [Line, Line]
  const swapped = {
    ...statement,
    lines: [
      { ...east, share: north.share, balance: north.share - east.collected },
      { ...north, share: east.share, balance: east.share - north.collected },
      ...statement.lines.slice(2),
    ],
  }
  assertWrong(swapped, {
    path: 'lines[0].share',
    message: /^east: share says 1\.80 EUR and should be 0\.93 EUR \(and 3 more\)$/,
  })
})

test('a dropped, an added and a changed usage event are found', () => {
  const { usages } = inputs
  const dropped = makeStatement({ ...inputs, usages: usages.slice(1) })
  assertWrong(dropped, { path: 'lines[1].answers', message: /^north: answers says 7 and should be 8 \(and / })
  const added = makeStatement({ ...inputs, usages: [...usages, usageOf(100, terms)] })
  assertWrong(added, { path: 'lines[1].answers', message: /^north: answers says 9 and should be 8 \(and / })
  const moved = { ...usages[0]!, at: '2026-11-15T00:00:00Z' }
  assertWrong(makeStatement({ ...inputs, usages: usages.with(0, moved) }), {
    path: 'usage',
    message: /^usage says sha256:[0-9a-f]+ and should be sha256:[0-9a-f]+$/,
  })
})

test('examples that nobody brought are found', () => {
  const more = new Map([...brought, [versions.first, new Map([[memberIds.south, 1000]])]])
  assertWrong(makeStatement({ ...inputs, brought: more }), {
    path: 'lines[0].examples',
    message: /^east: examples says 120 and should be 570/,
  })
})

test('a line that is missing, added, repeated or out of place is found', () => {
  const { lines } = statement
  const stranger = { ...lines[0]!, name: 'west' }
  for (const wrong of [lines.slice(1), [...lines, stranger], [...lines, lines[0]!], lines.toReversed()]) {
    assertWrong(
      { ...statement, lines: wrong },
      { path: 'lines', message: /^lines says .* should be east \(/ },
    )
  }
  assertWrong(withLine(0, { name: 'west' }), { path: 'lines', message: /west/ })
  assertWrong(withLine(0, { member: memberIds.lab }), { path: 'lines', message: new RegExp(memberIds.lab) })
})

const heads: Partial<WholeStatement>[] = [
  { consortium: 'banks' },
  { agreement: `sha256:${'0'.repeat(64)}` },
  { month: '2026-10' },
  { currency: 'USD' },
  { answerPrice: 26 },
  { rule: agreement.benefit.rule },
  { revenue: 276 },
  { usage: `sha256:${'0'.repeat(64)}` },
]
for (const change of heads) {
  const [field] = Object.keys(change)
  test(`another ${field} at the head is found`, () => {
    assertWrong(
      { ...statement, ...change },
      { path: field!, message: new RegExp(`^${field} says .* and should be `) },
    )
  })
}

const filled = { agreement: digestOfDocument(terms), month: inputs.month }
const pages = [inputs.usages.slice(0, 4), inputs.usages.slice(4)].map((usages, index) =>
  makePage(
    { ...filled, number: index + 1 },
    usages.map(document => ({ document, signatures: [] })),
  ),
)
const { usages: _, ...division } = inputs
const byPages = { ...division, pages }

test('a statement that names pages holds by those pages, and by no others', () => {
  const paged = makePagedStatement(byPages)
  assert.doesNotThrow(() => checkStatement(JSON.parse(JSON.stringify(paged)), byPages))
  const wrong: [Statement, RegExp][] = [
    [{ ...paged, pages: paged.pages.toReversed() }, /^pages says .* and should be /],
    [{ ...paged, pages: paged.pages.slice(1) }, /^pages says .* and should be /],
    [{ ...paged, revenue: paged.revenue - 1 }, /^revenue says/],
    [makePagedStatement({ ...byPages, pages: pages.slice(1) }), /^north: answers says 4 and should be 8/],
    [statement, /^edition says 1 and should be 2/],
  ]
  for (const [said, message] of wrong)
    assert.throws(() => checkStatement(said, byPages), { code: 'statement-wrong', message })
  assertWrong(paged, { path: 'edition', message: /^edition says 2 and should be 1/ })
})

test('an older agreement or another month cannot be settled in place of the one that was asked for', () => {
  const old = makeStatement(novemberUnder(agreement))
  assertWrong(old, { path: 'agreement', message: /^agreement/ })
  assertWrong(makeStatement({ ...inputs, month: '2026-12' }), { path: 'month', message: /2026-12.*2026-11/ })
})
