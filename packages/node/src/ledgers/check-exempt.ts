import { type Id, Refusal } from '@consort/protocol'
import { registeredDataset } from '../datasets/find-dataset.ts'
import type { PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { LedgerContext } from './context.ts'
import type { GuardedRecords } from './guarded-records.ts'

/**
 * Throws `policy-refused` for trials at home (agents calibrated, models compared) on records that have a privacy
 * budget, unless the owner exempts them in words: what they show of the records carries no noise.
 */
export async function checkTrials(
  { guarded, policy }: Pick<LedgerContext, 'guarded' | 'policy'>,
  card: Id<'card'>,
): Promise<void> {
  const { privacy } = policy.read()
  if (privacy.exempt.trials !== undefined) return
  const dataset = await nameOfGuarded(guarded, card, privacy)
  if (dataset === undefined) return
  throw new Refusal(
    'policy-refused',
    `The records of ${dataset} have a privacy budget, and trials on them, such as calibration and comparison, show them without noise`,
    { hint: 'Its owner may say in `privacy.exempt.trials` of policy.yaml why they are made all the same.' },
  )
}

/**
 * Returns true when statistics of a data set's fields may leave. They have no noise either, and tell how many records
 * there are: so they do not leave beside noised counts on the card.
 */
export async function mayTellStatistics(
  context: Pick<LedgerContext, 'database' | 'guarded' | 'policy' | 'log'>,
  card: Id<'card'>,
): Promise<boolean> {
  const { privacy } = context.policy.read()
  if (privacy.exempt.statistics !== undefined) return true
  const isNoised = (await registeredDataset(context, card)).noised !== null
  const dataset = await nameOfGuarded(context.guarded, card, privacy)
  if (dataset === undefined && !isNoised) return true
  context.log.warn({ dataset, card }, 'statistics-kept-at-home')
  return false
}

async function nameOfGuarded(
  records: GuardedRecords,
  card: Id<'card'>,
  policy: PrivacyPolicy,
): Promise<string | undefined> {
  for (const side of ['train', 'evaluation'] as const) {
    const dataset = await records.nameOf(card, { policy, side })
    if (dataset !== undefined) return dataset
  }
  return undefined
}
