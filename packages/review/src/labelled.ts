import type { CaseRole } from '@consort/agents'
import type { CaseRecord, Id } from '@consort/protocol'
import type { ReviewReader } from './tables.ts'

/** A record with the label that a person settled on. */
export interface LabelledCase {
  readonly id: Id<'case'>
  readonly record: CaseRecord
  readonly label: string
}

/**
 * The closed cases of a data set that have this role, in the order of closing: later ones only ever come at the end. Most of
 * them are cases that the agent was unsure of: they do not look like all that it is asked. Good for training; what they
 * are worth for a threshold, each by the probability with which it came to be labelled, is for `casesToWeigh`.
 */
export async function labelledBy(
  database: ReviewReader,
  { dataset, role }: { dataset: string; role: CaseRole },
): Promise<LabelledCase[]> {
  const rows = await database
    .selectFrom('asked_case')
    .select(['id', 'record', 'final_class'])
    .where('dataset', '=', dataset)
    .where('role', '=', role)
    .where('closing', 'is not', null)
    .orderBy('closing')
    .execute()
  return rows.map(row => ({
    id: row.id as Id<'case'>,
    record: JSON.parse(row.record),
    label: row.final_class!, // closed cases have one
  }))
}

/** How many cases `labelledBy` would find, without reading them. */
export async function countLabelled(
  database: ReviewReader,
  { dataset, role }: { dataset: string; role: CaseRole },
): Promise<number> {
  const { closed } = await database
    .selectFrom('asked_case')
    .select(({ fn }) => fn.countAll<number>().as('closed'))
    .where('dataset', '=', dataset)
    .where('role', '=', role)
    .where('closing', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(closed)
}
