import {
  canonicalJson,
  type Digest,
  digestOfDocument,
  documentSignatureHoldsInPool,
  type FilledUsagePage,
  type Id,
  Refusal,
  type Roster,
  type SignedUsage,
  type UsagePage,
} from '@consort/protocol'
import { makePage, type PageName } from './usage-page.ts'

/** A page that was checked, and the ids of its events. */
export interface CheckedPage {
  readonly page: UsagePage
  readonly ids: readonly Id<'usage'>[]
}

/** The page that a statement names at a place, and the roster of its agreement. */
export interface NamedPage {
  readonly name: PageName
  readonly digest: Digest
  readonly roster: Roster
}

/**
 * Checks a page that somebody shows: it is the one that is named, its events are of this month and these terms, in the
 * order of their ids and each once, signed by their members, and they come to what the page says. Signatures are
 * verified in the process's pool of threads. Throws `statement-wrong`.
 */
export async function checkPage(
  { page, events }: FilledUsagePage,
  { name, digest, roster }: NamedPage,
): Promise<CheckedPage> {
  const what = `Page ${name.number} of the usage events`
  if (digestOfDocument(page) !== digest) throw wrong(`${what} is not the one that the statement names`)
  const isAtPlace =
    page.number === name.number && page.month === name.month && page.agreement === name.agreement
  if (!isAtPlace) throw wrong(`${what} is page ${page.number} of ${page.month} under ${page.agreement}`)
  checkPlaces(events, name)
  const should = makePage(name, events)
  for (const field of ['first', 'last', 'count', 'answers', 'events'] as const) {
    if (canonicalJson(page[field]) === canonicalJson(should[field])) continue
    throw wrong(`${what} says ${field} that its events do not come to`, `pages[${name.number - 1}].${field}`)
  }
  await checkSigned(events, roster)
  return { page, ids: events.map(({ document }) => document.id) }
}

/** Checks that no event is on a page before this one, and adds its events to those `seen`. Throws `statement-wrong`. */
export function checkEachOnce({ page, ids }: CheckedPage, seen: Set<Id<'usage'>>): void {
  for (const id of ids) {
    if (seen.has(id)) throw wrong(`The usage event ${id} is on page ${page.number} and on one before it`)
    seen.add(id)
  }
}

/** Times are ISO 8601 in UTC, so the month is what they begin with. */
function checkPlaces(events: readonly SignedUsage[], { agreement, month }: PageName): void {
  let before = ''
  for (const { document } of events) {
    const { id } = document
    if (document.agreement !== agreement || !document.at.startsWith(`${month}-`)) {
      throw wrong(`The usage event ${id} is of another month or under another agreement`)
    }
    if (id <= before) throw wrong(`The usage event ${id} is on a page twice, or out of order`)
    before = id
  }
}

/** At once as many as a thread does in some milliseconds. */
const verifiedAtOnce = 64

async function checkSigned(events: readonly SignedUsage[], { members }: Roster): Promise<void> {
  const keys = new Map(members.map(({ id, key }) => [id, key]))
  for (let start = 0; start < events.length; start += verifiedAtOnce) {
    const some = events.slice(start, start + verifiedAtOnce)
    const hold = await Promise.all(some.map(event => isSigned(event, keys.get(event.document.member))))
    const forged = some[hold.indexOf(false)]
    if (forged) throw wrong(`The usage event ${forged.document.id} is not signed by the member that it names`)
  }
}

async function isSigned({ document, signatures }: SignedUsage, key: string | undefined): Promise<boolean> {
  const signature = signatures.find(entry => entry.key === key)
  return signature !== undefined && (await documentSignatureHoldsInPool(document, signature))
}

function wrong(message: string, path = 'pages'): Refusal {
  return new Refusal('statement-wrong', message, {
    path,
    hint: 'Do not countersign. Show the page to the hub’s operator and to the other partners.',
  })
}
