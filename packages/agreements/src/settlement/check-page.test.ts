import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createKeyPair,
  digestOfDocument,
  type FilledUsagePage,
  type SignedUsage,
  signDocument,
  type Usage,
} from '@consort/protocol'
import {
  agreement,
  idOf,
  keys,
  memberIds,
  roster,
  usageOf,
  versions,
  withBenefit,
} from '../testing/clinics.ts'
import { checkEachOnce, checkPage, type NamedPage } from './check-page.ts'
import { makePage } from './usage-page.ts'

const of = { agreement: digestOfDocument(agreement), month: '2026-11' }

function signed(number: number, change: Partial<Usage> = {}): SignedUsage {
  const document = usageOf(number, agreement, change)
  const key = document.member === memberIds.south ? keys.south : keys.north
  return { document, signatures: [signDocument(document, key)] }
}

function pageOf(events: SignedUsage[], number = 1): FilledUsagePage {
  return { page: makePage({ ...of, number }, events), events }
}

/** As a statement names it, at its place. */
function named({ page }: FilledUsagePage, change: Partial<NamedPage['name']> = {}): NamedPage {
  return { name: { ...of, number: page.number, ...change }, digest: digestOfDocument(page), roster }
}

const events = [1, 2, 3, 4].map(number =>
  signed(number, {
    member: number === 3 ? memberIds.south : memberIds.north,
    version: number === 4 ? versions.second : versions.first,
  }),
)
const honest = pageOf(events)

test('a page that comes to what its events say holds, after the wire too', async () => {
  assert.deepEqual(honest.page.answers, [
    { member: memberIds.north, version: versions.first, answers: 2 },
    { member: memberIds.north, version: versions.second, answers: 1 },
    { member: memberIds.south, version: versions.first, answers: 1 },
  ])
  const { ids, page } = await checkPage(JSON.parse(JSON.stringify(honest)), named(honest))
  assert.deepEqual(page, honest.page)
  assert.deepEqual(
    ids,
    events.map(({ document }) => document.id),
  )
})

/** Each names its own digest: what a hub would have made that lies from the start. */
const lies: Record<string, [FilledUsagePage, RegExp]> = {
  'an event twice': [pageOf([events[0]!, events[0]!]), /page twice, or out of order/],
  'events out of order': [pageOf([events[1]!, events[0]!]), /page twice, or out of order/],
  'an event that its member did not sign': [
    pageOf([{ ...events[0]!, signatures: [signDocument(events[0]!.document, createKeyPair())] }]),
    /is not signed by the member/,
  ],
  'an event that another member signed': [
    pageOf([{ ...events[0]!, signatures: [signDocument(events[0]!.document, keys.south)] }]),
    /is not signed by the member/,
  ],
  'an event of nobody on the roster': [pageOf([signed(1, { member: idOf('mem', '9') })]), /is not signed/],
  'an event of another month': [pageOf([signed(1, { at: '2026-10-31T23:59:59Z' })]), /another month/],
  'an event under other terms': [
    pageOf([signed(1, { agreement: digestOfDocument(withBenefit({ answerPrice: 1 })) })]),
    /under another agreement/,
  ],
  'more answers than events': [
    withPage({ answers: [{ ...honest.page.answers[0]!, answers: 9 }] }),
    /says answers/,
  ],
  'another count': [withPage({ count: 3 }), /says count/],
  'another first id': [withPage({ first: idOf('use', '0') }), /says first/],
  'another last id': [withPage({ last: idOf('use', '9') }), /says last/],
  'events that are left out': [{ page: honest.page, events: events.slice(0, -1) }, /says last/],
}
function withPage(change: Partial<FilledUsagePage['page']>): FilledUsagePage {
  return { page: { ...honest.page, ...change }, events }
}
for (const [what, [page, message]] of Object.entries(lies))
  test(`a page with ${what} is refused`, async () => {
    await assert.rejects(checkPage(page, named(page)), { code: 'statement-wrong', message })
  })

test('a page that was changed after it was named is refused, whatever it comes to', async () => {
  for (const later of [pageOf(events.slice(0, 3)), pageOf([...events, signed(5)])])
    await assert.rejects(checkPage(later, named(honest)), {
      code: 'statement-wrong',
      message: /is not the one that the statement names/,
    })
  const swapped = { page: honest.page, events: events.with(1, signed(2, { version: versions.second })) }
  await assert.rejects(checkPage(swapped, named(honest)), {
    code: 'statement-wrong',
    message: /says answers/,
  })
  const resigned = { ...events[1]!, signatures: [...events[1]!.signatures, ...events[0]!.signatures] }
  const same = { page: honest.page, events: events.with(1, resigned) }
  await assert.rejects(checkPage(same, named(honest)), { code: 'statement-wrong', message: /says events/ })
})

test('a page holds at its own place alone', async () => {
  for (const change of [{ number: 2 }, { month: '2026-10' }, { agreement: digestOfDocument(roster) }])
    await assert.rejects(checkPage(honest, named(honest, change)), {
      code: 'statement-wrong',
      message: /is page 1 of 2026-11/,
    })
})

test('no event is on two pages', async () => {
  const checked = async (...filled: FilledUsagePage[]) => {
    const seen = new Set<Usage['id']>()
    for (const page of filled) checkEachOnce(await checkPage(page, named(page)), seen)
    return seen
  }
  const late = pageOf([signed(0), signed(9)], 2)
  assert.equal((await checked(honest, late)).size, 6)
  await assert.rejects(checked(honest, pageOf([signed(0), events[2]!], 2)), {
    code: 'statement-wrong',
    message: new RegExp(`${events[2]!.document.id} is on page 2 and on one before it`),
  })
})
