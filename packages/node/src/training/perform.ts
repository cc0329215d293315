import type { AcceptedTask } from '../hub/accepted-task.ts'
import { forgetWork } from '../sums/forget-work.ts'
import { findWork } from '../sums/work-store.ts'
import type { TrainingContext } from './context.ts'
import { deliver } from './deliver.ts'
import { deliverMasked } from './deliver-masked.ts'
import { evaluateTask } from './evaluate.ts'
import { type MadeUpdate, makeUpdate } from './make-update.ts'
import type { TaskRunner, TaskScope } from './task-runner.ts'
import { forgetWeights } from './weights.ts'

/** Trains or evaluates, and brings the result to the hub. Every step can be repeated after a crash. */
export async function performTask(
  context: TrainingContext,
  runner: TaskRunner,
  accepted: AcceptedTask,
  signal: AbortSignal,
): Promise<void> {
  const unwanted = new AbortController()
  const watched = { ...runner, unwanted, signal: AbortSignal.any([signal, unwanted.signal]) }
  if (accepted.task.work === 'evaluate') await evaluateTask(context, watched, accepted)
  else await trainTask(context, watched, accepted)
}

async function trainTask(context: TrainingContext, scope: TaskScope, accepted: AcceptedTask): Promise<void> {
  const { task, recipe } = accepted
  const made = (await updateMadeBefore(context, task.id)) ?? (await makeUpdate(context, scope, accepted))
  if (recipe.privacy.secureAggregation) await deliverMasked(context, scope, accepted, made.manifest)
  else await deliver(context, task, made, scope.signal)
  await forgetWork(context, task.id)
  await forgetWeights(context)
}

/** The update that a task's training left before this node started again: it is sent as it is. */
async function updateMadeBefore(
  { database }: Pick<TrainingContext, 'database'>,
  task: AcceptedTask['task']['id'],
): Promise<MadeUpdate | undefined> {
  const done = await findWork(database, task)
  return done?.outcome ? { manifest: done.manifest, outcome: done.outcome } : undefined
}
