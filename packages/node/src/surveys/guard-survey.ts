import { pureLoss } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import { type Reservation, reserveRelease } from '../ledgers/reserve.ts'
import type { AcceptedSurvey } from './accept-survey.ts'

/**
 * Answers about records that have a privacy budget: counts of categories are charged, since they carry noise of this
 * node's own; moments and histograms are exact, and refused. Where the owner exempts statistics in words nothing is
 * charged. Undefined where there is no budget. Throws `policy-refused`, and as `reserveRelease` does.
 */
export async function guardSurvey(
  context: Parameters<typeof reserveRelease>[0] & { readonly guarded: GuardedRecords },
  { survey, row, policy: { privacy } }: AcceptedSurvey,
  signal: AbortSignal,
): Promise<Reservation | undefined> {
  const card = row.id
  const guarded = await context.guarded.of(card, { policy: privacy, side: 'train' })
  if (!guarded) return undefined
  if (privacy.exempt.statistics !== undefined) {
    const body = { survey: survey.id, dataset: guarded.dataset, what: 'statistics' }
    return { settle: transaction => appendEvent(context, transaction, { kind: 'privacy-exempted', body }) }
  }
  const exact = survey.questions.find(({ kind }) => kind !== 'candidates')
  if (exact) {
    throw new Refusal(
      'policy-refused',
      `The records of ${guarded.dataset} have a privacy budget, and exact sums of ${exact.field} are not told`,
      {
        hint: 'Ask for categories alone, which carry noise; or its owner says in `privacy.exempt.statistics` of policy.yaml why exact sums are told.',
      },
    )
  }
  const { epsilon, questions, id, withinMs } = survey
  const task = { id, run: id, round: 1, card, withinMs }
  const lossOf = (records: number) => pureLoss(epsilon * questions.length * records)
  return await reserveRelease(context, guarded, { task, what: 'statistics', lossOf }, signal)
}
