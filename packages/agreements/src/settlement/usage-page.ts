import {
  type Digest,
  digestOfJson,
  type Id,
  type SignedUsage,
  type UsagePage,
  usagePerPage,
} from '@consort/protocol'

/** Which page: the `number`-th of a month under an agreement. */
export type PageName = Pick<UsagePage, 'agreement' | 'month' | 'number'>

/**
 * Sums events up as a page. Throws a `RangeError` for none or too many: that is a bug. The order of the events, and to
 * which month they belong, is for the caller to see to.
 */
export function makePage({ agreement, month, number }: PageName, events: readonly SignedUsage[]): UsagePage {
  const [first, last] = [events[0]?.document.id, events.at(-1)?.document.id]
  if (first === undefined || last === undefined || events.length > usagePerPage) {
    throw new RangeError(`${events.length} events make no page`)
  }
  const digest: Digest = digestOfJson(events)
  return {
    ...{ kind: 'usage-page', agreement, month, number, first, last },
    ...{ count: events.length, events: digest, answers: answersOf(events) },
  }
}

/** In the order of members, and of a member in that of versions. */
function answersOf(events: readonly SignedUsage[]): UsagePage['answers'] {
  const counts = new Map<string, { member: Id<'member'>; version: Id<'version'>; answers: number }>()
  for (const { document } of events) {
    const { member, version } = document
    const key = `${member} ${version}`
    const count = counts.get(key) ?? { member, version, answers: 0 }
    counts.set(key, { ...count, answers: count.answers + 1 })
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
}
