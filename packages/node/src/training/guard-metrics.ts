import { drawDiscreteLaplace, pureLoss } from '@consort/privacy'
import { type Metrics, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { retry } from '../hub/retry.ts'
import { type Reservation, reserveRelease, stateLoss } from '../ledgers/reserve.ts'
import type { TrainingContext } from './context.ts'

export interface GuardedMetrics extends Reservation {
  /** What may be told, as of the card's number of examples. */
  tell(metrics: Metrics, examples: number): Metrics
}

/**
 * Metrics on records that have a privacy budget: as they are when the owner exempts them in words, which the card of
 * the model prints; with noise when the policy names `metricsEpsilon`; else not at all. Undefined where there is no
 * budget. Throws `policy-refused`, and as `reserveRelease` does.
 */
export async function guardMetrics(
  context: TrainingContext,
  { task, recipe, policy }: AcceptedTask,
  signal: AbortSignal,
): Promise<GuardedMetrics | undefined> {
  const guarded = await context.guarded.of(task.card, { policy: policy.privacy, side: 'evaluation' })
  if (!guarded) return undefined
  const { exempt, metricsEpsilon: epsilon } = policy.privacy
  if (exempt.metrics !== undefined) {
    const { run, card, withinMs } = task
    await retry(() => stateLoss(context, guarded, { run, card, exempt }), { signal, withinMs })
    const body = { run: task.run, task: task.id, dataset: guarded.dataset, what: 'metrics' }
    const settle: Reservation['settle'] = transaction =>
      appendEvent(context, transaction, { kind: 'privacy-exempted', body })
    return { tell: (metrics, examples) => ({ ...metrics, examples }), settle }
  }
  if (epsilon === undefined || !recipe.evaluation.metrics.includes('accuracy')) throw refused(guarded.dataset)
  const records = Math.max(...guarded.ledgers.map(ledger => ledger.records))
  const release = {
    task,
    what: 'metrics',
    lossOf: () => pureLoss(epsilon),
    statement: { run: task.run, exempt },
  } as const
  const { settle } = await reserveRelease(context, guarded, release, signal)
  const scale = records / epsilon
  return { tell: (metrics, examples) => withNoise(context, metrics, { scale, examples }), settle }
}

/**
 * One record more or less among the right ones changes their number by one, so discrete Laplace noise of this scale on
 * that number hides it. Only the number of right answers is told; how many records there are is on the data card, and
 * the share is one of the card's number: as a fraction of the true one it would tell that.
 */
function withNoise(
  { entropy }: Pick<TrainingContext, 'entropy'>,
  { examples: counted, values }: Metrics,
  { scale, examples }: { scale: number; examples: number },
): Metrics {
  const right = Math.round((values.accuracy ?? 0) * counted) + drawDiscreteLaplace({ scale, entropy })
  const accuracy = examples === 0 ? 0 : Math.min(1, Math.max(0, right / examples))
  return { examples, values: { accuracy } }
}

function refused(dataset: string): Refusal {
  return new Refusal(
    'policy-refused',
    `The records of ${dataset} have a privacy budget, and metrics on them are not told`,
    {
      hint: 'Its owner may name `privacy.metricsEpsilon` in policy.yaml (the recipe has to ask for `accuracy`), or say in `privacy.exempt.metrics` why they are told as they are.',
    },
  )
}
