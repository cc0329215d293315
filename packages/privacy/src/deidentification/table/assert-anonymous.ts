import { Refusal } from '@consort/protocol'
import type { CellValue, PlainRecord } from '../rules/deidentifier.ts'
import { type Anonymity, type AnonymityReport, rowsBelow } from './anonymity-report.ts'
import { classKey, equivalenceClasses } from './equivalence-classes.ts'

/** What was agreed: classes of k at least, and in each l values of every sensitive field. */
export interface AgreedAnonymity {
  readonly k: number
  readonly l: number
}

/**
 * Throws `agreement-refused` for a table under the agreed k or l. The hint names the field whose generalisation can
 * help most: without it the fewest rows would be left under k (or the least l would be the largest).
 */
export function assertAnonymous(report: AnonymityReport, agreed: AgreedAnonymity): void {
  const { k, l } = agreed
  if (report.k < k) {
    const below = rowsBelow(report, k)
    throw new Refusal(
      'agreement-refused',
      `The table is ${report.k}-anonymous and ${k} is agreed: ${below} of ${report.rows} rows hide among fewer`,
      { hint: `${helpOf(report, agreed)} Or leave these rows out.` },
    )
  }
  for (const { field, distinct } of report.diversity) {
    if (distinct >= l) continue
    throw new Refusal(
      'agreement-refused',
      `In a class of the table ${field} has ${distinct} values, and ${l} are agreed`,
      { hint: helpOf(report, agreed), path: field },
    )
  }
}

function helpOf(report: AnonymityReport, { k, l }: AgreedAnonymity): string {
  const leastL = ({ diversity }: Anonymity): number =>
    Math.min(l, ...diversity.map(({ distinct }) => distinct))
  const ranked = report.without.toSorted(
    (a, b) => rowsBelow(a, k) - rowsBelow(b, k) || leastL(b) - leastL(a) || b.k - a.k,
  )
  const [best] = ranked
  if (best === undefined) return 'There are too few rows in the table.'
  const reached = best.k >= k && leastL(best) >= l
  const rest = reached ? '' : ' It will not do alone: generalise others as well.'
  return `Generalise ${best.field} further, or drop it: that helps most.${rest}`
}

/**
 * For consultations: how many rows (or persons) of the owner's data set have the quasi-identifiers of one record, both
 * de-identified by the same rules. A record that is in the data set counts itself. The rows are gone through once.
 */
export function createCrowd(input: {
  readonly rows: readonly PlainRecord[]
  readonly quasiIdentifiers: readonly string[]
  readonly persons?: readonly CellValue[] | undefined
}): Crowd {
  const classes = equivalenceClasses(input)
  const { quasiIdentifiers } = input
  const sizeOf = (record: PlainRecord): number => classes.get(classKey(record, quasiIdentifiers))?.size ?? 0
  return {
    sizeOf,
    assertHides(record, k) {
      if (sizeOf(record) >= k) return
      throw new Refusal('agreement-refused', `Fewer than ${k} of the owner’s records look like this one`, {
        hint: `Agree on broader values for ${listOf(quasiIdentifiers)}, or ask without one of them.`,
      })
    },
  }
}

export interface Crowd {
  sizeOf(record: PlainRecord): number
  /** Throws `agreement-refused` where fewer than k look like the record; it does not say how many do. */
  assertHides(record: PlainRecord, k: number): void
}

function listOf(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'the data set'
}
