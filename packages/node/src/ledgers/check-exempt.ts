import { Refusal } from '@consort/protocol'
import type { NodeContext } from '../context.ts'
import { registeredRow } from '../datasets/find-dataset.ts'
import { noisedOf } from '../datasets/noised-counts.ts'
import type { PrivacyPolicy } from '../policy/privacy-policy.ts'
import { guardedData } from './guarded-data.ts'

/**
 * Throws `policy-refused` for trials at home (agents calibrated, models compared) on records that have a privacy budget,
 * unless the owner exempts them in words: what they show of the records carries no noise.
 */
export async function checkTrials(context: NodeContext, card: string): Promise<void> {
  const { privacy } = context.policy.read()
  if (privacy.exempt.trials !== undefined) return
  const dataset = await nameOfGuarded(context, card, privacy)
  if (dataset === undefined) return
  throw new Refusal(
    'policy-refused',
    `The records of ${dataset} have a privacy budget, and trials on them, such as calibration and comparison, show them without noise`,
    { hint: 'Its owner may say in `privacy.exempt.trials` of policy.yaml why they are made all the same.' },
  )
}

/**
 * Whether statistics of a data set's fields may leave, which have no noise either: they tell how many records there are, so not
 * beside noised counts on its card.
 */
export async function mayTellStatistics(context: NodeContext, card: string): Promise<boolean> {
  const { privacy } = context.policy.read()
  if (privacy.exempt.statistics !== undefined) return true
  const isNoised = noisedOf(await registeredRow(context, card)) !== undefined
  const dataset = await nameOfGuarded(context, card, privacy)
  if (dataset === undefined && !isNoised) return true
  context.log.warn({ dataset, card }, 'statistics-kept-at-home')
  return false
}

async function nameOfGuarded(
  context: NodeContext,
  card: string,
  policy: PrivacyPolicy,
): Promise<string | undefined> {
  for (const side of ['train', 'evaluation'] as const) {
    const guarded = await guardedData(context, card, { policy, side })
    if (guarded) return guarded.dataset
  }
  return undefined
}
