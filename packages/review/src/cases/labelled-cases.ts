import { setImmediate } from 'node:timers/promises'
import type { CaseRole } from '@consort/agents'
import type { CaseRecord, Id } from '@consort/protocol'
import type { Decision } from '../case-file.ts'
import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ReviewReader } from '../tables.ts'
import { readTally } from '../tallies/read-tally.ts'
import { decisionColumn, recordColumn } from './case-columns.ts'

/** A record with the label that a person settled on. */
export interface LabelledCase {
  readonly id: Id<'case'>
  readonly record: CaseRecord
  readonly label: string
}

/**
 * The closed cases of a data set that have this role, in the order of closing: later ones only ever come at the end.
 * Most of them are cases that the agent was unsure of: they do not look like all that it is asked. Good for training;
 * what they are worth for a threshold, each by the probability with which it came to be labelled, is for
 * `casesToWeigh`.
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
  return rows.map(({ id, record, final_class: label }) => {
    if (label === null) throw new TypeError(`the case ${id} is closed and has no label`)
    return { id, record: recordColumn.read(record), label }
  })
}

/** How many cases `labelledBy` would find, without reading them. */
export async function countLabelled(
  database: ReviewReader,
  { dataset, role }: { dataset: string; role: CaseRole },
): Promise<number> {
  return await readTally(database, `labelled/${role}`, dataset)
}

/** What an agent said of a case, how it came to be labelled, and whether the label says that it was wrong. */
export interface JudgedDecision {
  readonly decision: Decision
  readonly isWrong: boolean
}

/**
 * The labelled cases of one guarantee of an agent's version whose role is not to calibrate: its gate has not seen them.
 * Reads all that are labelled, page by page, and lets others work in between.
 */
export async function judgedApart(
  database: ReviewReader,
  { agent, version, guarantee }: GuaranteePlace,
): Promise<JudgedDecision[]> {
  const judged: JudgedDecision[] = []
  for (let after: Id<'case'> | undefined; ; ) {
    let query = database
      .selectFrom('asked_case')
      .select(['id', 'role', 'decision', 'final_class'])
      .where('agent', '=', agent)
      .where('version', '=', version)
      .where('final_class', 'is not', null)
      .orderBy('id')
      .limit(casesAtOnce)
    if (after !== undefined) query = query.where('id', '>', after)
    const rows = await query.execute()
    for (const row of rows) {
      if (row.role === 'calibrate') continue
      const decision = decisionColumn.read(row.decision)
      if (decision.guarantee !== guarantee) continue
      judged.push({ decision, isWrong: decision.class !== row.final_class })
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < casesAtOnce) return judged
    after = last.id
    await setImmediate()
  }
}

const casesAtOnce = 500
