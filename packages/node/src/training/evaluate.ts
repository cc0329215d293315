import { hubEndpoints, type Metrics } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { type Evaluation, trainedParts } from '@consort/train'
import { registeredDataset } from '../datasets/find-dataset.ts'
import { publishedCount } from '../datasets/noised-counts.ts'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { retry } from '../hub/retry.ts'
import type { TrainingContext } from './context.ts'
import { guardMetrics } from './guard-metrics.ts'
import { engineNeeds, type TaskScope } from './task-runner.ts'

/** Evaluates the weights of a task on held-out records, and tells the hub the agreed metrics. */
export async function evaluateTask(
  context: TrainingContext,
  scope: TaskScope,
  accepted: AcceptedTask,
): Promise<void> {
  const { task, recipe } = accepted
  const { signal } = scope
  const weights = await scope.weights.fetch(task, trainedParts(recipe).layout, signal)
  const guard = await guardMetrics(context, accepted, signal)
  const evaluation = await scope.slot.use(engineNeeds(scope, accepted), engine =>
    engine.evaluate('evaluation', weights, signal),
  )
  const agreed = agreedMetrics(evaluation, recipe.evaluation.metrics)
  const examples = publishedCount(await registeredDataset(context, task.card), 'evaluation', agreed.examples)
  const metrics = guard ? guard.tell(agreed, examples) : { ...agreed, examples }
  await context.database.transaction().execute(async transaction => {
    await guard?.settle(transaction)
    await appendEvent(context, transaction, {
      kind: 'evaluation-made',
      body: { run: task.run, round: task.round, task: task.id, metrics },
    })
  })
  await retry(
    () =>
      context.call(hubEndpoints.finishEvaluation, { params: { task: task.id }, body: metrics }, { signal }),
    {
      signal,
      withinMs: task.withinMs,
    },
  )
}

/** Only what the recipe agreed on leaves the node. */
function agreedMetrics({ examples, values }: Evaluation, agreed: readonly string[]): Metrics {
  const kept = Object.entries(values).filter(
    ([name, value]) => agreed.includes(name) && Number.isFinite(value),
  )
  return { examples, values: Object.fromEntries(kept) }
}
