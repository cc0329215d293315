import {
  digestOfManifest,
  encodeTensors,
  localTermsOf,
  type Manifest,
  manifestOf,
  sliceChunks,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { trainedParts, trainingSeed } from '@consort/train'
import { registeredDataset } from '../datasets/find-dataset.ts'
import { publishedCount } from '../datasets/noised-counts.ts'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { trainerFor } from '../policy/policy.ts'
import { keepWork } from '../sums/work-store.ts'
import type { TrainingOutcome } from '../tables/training-outcome.ts'
import type { TrainingContext } from './context.ts'
import { externalTrainer, trainingMs } from './external-trainer/external-trainer.ts'
import { guardTraining } from './guard-training.ts'
import { progressReporter } from './report-progress.ts'
import { engineNeeds, type TaskScope } from './task-runner.ts'
import type { Train } from './train.ts'

/** What a training left behind. */
export interface MadeUpdate {
  readonly manifest: Manifest
  readonly outcome: TrainingOutcome
}

/** Trains, and writes the update down before anyone hears of it: from then on it is sent as it is, whatever happens. */
export async function makeUpdate(
  context: TrainingContext,
  scope: TaskScope,
  accepted: AcceptedTask,
): Promise<MadeUpdate> {
  const { task, recipe } = accepted
  const { signal } = scope
  const { layout } = trainedParts(recipe)
  const trainRound = trainerOf(context, scope, accepted)
  const weights = await scope.weights.fetch(task, layout, signal)
  const { federation, seed } = recipe
  const { strategy } = federation
  const guard = await guardTraining(context, accepted, signal)
  const result = await trainRound(
    {
      weights,
      epochs: federation.localEpochs,
      seed: trainingSeed({ seed, round: task.round, member: drawnFor(context, accepted) }),
      progress: [(task.round - 1) / task.rounds, task.round / task.rounds],
      proximal: localTermsOf(strategy).proximal,
      onProgress: progressReporter(context, task, scope.unwanted),
    },
    signal,
  )
  guard?.check(result.mechanism)
  const examples = publishedCount(await registeredDataset(context, task.card), 'train', result.examples)
  const file = encodeTensors(layout, result.weights)
  const manifest = manifestOf(file)
  const chunks = sliceChunks(file)
  for (const [index, chunk] of manifest.chunks.entries())
    await context.blobs.put(task.id, chunk, chunks[index]!)
  const outcome: TrainingOutcome = {
    examples,
    // Nothing hides it: of a training with noise it is not told, whoever trained.
    ...(result.loss !== undefined && !recipe.privacy.differentialPrivacy && { loss: result.loss }),
  }
  await context.database.transaction().execute(async transaction => {
    await keepWork(transaction, { task: task.id, manifest, outcome, at: context.now() })
    await guard?.settle(transaction)
    await appendEvent(context, transaction, {
      kind: 'update-made',
      body: {
        run: task.run,
        round: task.round,
        task: task.id,
        update: digestOfManifest(manifest),
        examples: outcome.examples,
      },
    })
  })
  return { manifest, outcome }
}

/**
 * Under secure aggregation no two runs draw alike: equal updates, summed with and without a partner, would show that
 * partner's.
 */
function drawnFor({ enrolment }: TrainingContext, { task, recipe }: AcceptedTask): string {
  return recipe.privacy.secureAggregation ? `${enrolment.name} in ${task.run}` : enrolment.name
}

/** The program that the site's policy names for this recipe, or the built-in engine. The task's time runs from now. */
function trainerOf(context: TrainingContext, scope: TaskScope, accepted: AcceptedTask): Train {
  const { task, recipe, policy } = accepted
  const settings = trainerFor(policy, recipe)
  if (settings) {
    const endsAt = performance.now() + trainingMs(task.withinMs)
    return externalTrainer(context, accepted, { settings, endsAt, load: scope.load })
  }
  return (request, signal) =>
    scope.slot.use(engineNeeds(scope, accepted), engine => engine.train('train', request, signal))
}
