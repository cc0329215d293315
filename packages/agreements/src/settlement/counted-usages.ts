import {
  type Agreement,
  canonicalJson,
  digestOfDocument,
  type Id,
  Refusal,
  type Roster,
  type Usage,
} from '@consort/protocol'
import { checkMayAnswer } from './may-answer.ts'

/**
 * The usage events that a statement of the first edition counts, in the order of their ids, each id once.
 *
 * An event of another month (UTC) or under another agreement is passed over, since exactly one other statement counts
 * it: so callers hand in all that they have, and no event falls between two statements. What belongs here but cannot be
 * counted is refused and never passed over, for that would lose money in silence: `statement-wrong` for one id with two
 * contents (of whatever month), `agreement-refused` for answers of a member who is no partner or may not use the model.
 */
export function countedUsages({
  agreement,
  roster,
  month,
  usages,
}: {
  agreement: Agreement
  roster: Roster
  month: string
  usages: readonly Usage[]
}): Usage[] {
  const digest = digestOfDocument(agreement)
  const counted = eachOnce(usages)
    .filter(usage => usage.agreement === digest && monthOf(usage) === month)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const oneOfEach = new Map(counted.map(usage => [usage.member, usage])).values()
  for (const { id, member } of oneOfEach) checkMayAnswer(member, id, { agreement, roster })
  return counted
}

/** Times are ISO 8601 in UTC (`usageSchema` takes no other offset), so the month is what they begin with. */
function monthOf({ at }: Usage): string {
  return at.slice(0, 'yyyy-mm'.length)
}

function eachOnce(usages: readonly Usage[]): Usage[] {
  const byId = new Map<Id<'usage'>, Usage>()
  for (const usage of usages) {
    const known = byId.get(usage.id)
    if (known !== undefined && canonicalJson(known) !== canonicalJson(usage)) {
      throw new Refusal('statement-wrong', `There are two different usage events called ${usage.id}`, {
        path: 'usage',
        hint: `One of them was altered: compare with the event log of the node of ${usage.member}.`,
      })
    }
    byId.set(usage.id, usage)
  }
  return [...byId.values()]
}
