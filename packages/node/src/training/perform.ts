import {
  decodeTensors,
  digestOfManifest,
  encodeTensors,
  hubEndpoints,
  localTermsOf,
  type Manifest,
  type Metrics,
  manifestOf,
  Refusal,
  sliceChunks,
  type Task,
} from '@consort/protocol'
import { type Evaluation, planModel, trainingSeed } from '@consort/train'
import { appendEvent, type NodeContext } from '../context.ts'
import { registeredRow } from '../datasets/find-dataset.ts'
import { type LoadedExamples, loadExamples } from '../datasets/load.ts'
import { publishedCount } from '../datasets/noised-counts.ts'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { retry } from '../hub/retry.ts'
import { trainerFor } from '../policy/policy.ts'
import { forgetWork } from '../sums/forget-work.ts'
import { joinSum } from '../sums/join-sum.ts'
import { sumContext } from '../sums/sum-context.ts'
import type { EngineNeeds, EngineSlot, OpenNodeEngine } from './engines.ts'
import { externalTrainer, trainingMs } from './external-trainer/external-trainer.ts'
import { guardMetrics } from './guard-metrics.ts'
import { guardTraining } from './guard-training.ts'
import type { Train } from './train.ts'
import { forgetWeights, type WeightsSource } from './weights.ts'

/** What work needs beside the context. */
export interface TaskRunner {
  readonly slot: EngineSlot
  readonly open: OpenNodeEngine
  readonly weights: WeightsSource
}

interface TrainingOutcome {
  readonly examples: number
  readonly loss?: number
}

/** Trains or evaluates, and brings the result to the hub. Every step can be repeated after a crash. */
export async function performTask(
  context: NodeContext,
  runner: TaskRunner,
  accepted: AcceptedTask,
  signal: AbortSignal,
): Promise<void> {
  const unwanted = new AbortController()
  const watched = { ...runner, unwanted, signal: AbortSignal.any([signal, unwanted.signal]) }
  if (accepted.task.work === 'evaluate') await evaluateTask(context, watched, accepted)
  else await trainTask(context, watched, accepted)
}

/** A runner for one task. `unwanted` is aborted when the hub says that nobody waits for the result any more. */
interface TaskScope extends TaskRunner {
  readonly unwanted: AbortController
  readonly signal: AbortSignal
}

async function trainTask(context: NodeContext, scope: TaskScope, accepted: AcceptedTask): Promise<void> {
  const { task } = accepted
  const done = await context.database
    .selectFrom('work')
    .selectAll()
    .where('task', '=', task.id)
    .executeTakeFirst()
  const { manifest, outcome } = done
    ? {
        manifest: JSON.parse(done.manifest) as Manifest,
        outcome: JSON.parse(done.result) as TrainingOutcome,
      }
    : await train(context, scope, accepted)
  if (accepted.recipe.privacy.secureAggregation) await deliverMasked(context, scope, accepted, manifest)
  else await deliver(context, task, { manifest, outcome }, scope.signal)
  await forgetWork(context, task.id)
  await forgetWeights(context)
}

/** Trains, and writes the update down before anyone hears of it: from then on it is sent as it is, whatever happens. */
async function train(context: NodeContext, scope: TaskScope, accepted: AcceptedTask) {
  const { task, recipe } = accepted
  const { signal } = scope
  const { layout } = planModel(recipe)
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
  const examples = publishedCount(await registeredRow(context, task.card), 'train', result.examples)
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
    const row = {
      task: task.id,
      manifest: JSON.stringify(manifest),
      result: JSON.stringify(outcome),
    }
    await transaction
      .insertInto('work')
      .values({ ...row, created: context.now().toISOString() })
      .execute()
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
function drawnFor({ enrolment }: NodeContext, { task, recipe }: AcceptedTask): string {
  return recipe.privacy.secureAggregation ? `${enrolment.name} in ${task.run}` : enrolment.name
}

/** The program that the site's policy names for this recipe, or the built-in engine. The task's time runs from now. */
function trainerOf(context: NodeContext, scope: TaskScope, accepted: AcceptedTask): Train {
  const { task, recipe, policy } = accepted
  const settings = trainerFor(policy, recipe)
  if (settings) {
    const endsAt = performance.now() + trainingMs(task.withinMs)
    return externalTrainer(context, accepted, { settings, endsAt })
  }
  return (request, signal) =>
    scope.slot.use(engineNeeds(context, scope, accepted), engine => engine.train('train', request, signal))
}

/** Sends what the hub does not have yet; after a cut it asks again and goes on with the rest. */
async function deliver(
  context: NodeContext,
  task: Task,
  { manifest, outcome }: { manifest: Manifest; outcome: TrainingOutcome },
  signal: AbortSignal,
): Promise<void> {
  const { call } = context
  const params = { task: task.id }
  await retry(
    async () => {
      await upload(context, task, manifest, signal)
      await call(
        hubEndpoints.finishTraining,
        { params, body: { update: digestOfManifest(manifest), ...outcome } },
        { signal, timeoutMs: chunkTimeoutMs },
      )
    },
    {
      signal,
      withinMs: task.withinMs,
      onRetry: (error, attempt) =>
        context.log.warn({ task: task.id, attempt, error: String(error) }, 'upload-interrupted'),
    },
  )
}

/** Announces an update and sends the chunks that the hub does not have. */
async function upload(
  { call, blobs }: NodeContext,
  task: Task,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const params = { task: task.id }
  const { missing } = await call(hubEndpoints.offerUpdate, { params, body: manifest }, { signal })
  for (const digest of missing) {
    const body = await blobs.get(task.id, digest)
    const options = { signal, timeoutMs: chunkTimeoutMs }
    await call(hubEndpoints.putChunk, { params: { ...params, digest }, body }, options)
  }
}

/** A chunk of 4 MiB over 0.3 Mbit/s. */
const chunkTimeoutMs = 120_000

/** The hub gets the difference from the round's weights, under masks that only the sum of all is without. */
async function deliverMasked(
  context: NodeContext,
  scope: TaskScope,
  accepted: AcceptedTask,
  manifest: Manifest,
): Promise<void> {
  const { task, recipe } = accepted
  const { signal } = scope
  const { layout } = planModel(recipe)
  const update = async (): Promise<Float32Array> => {
    const chunks = await Promise.all(manifest.chunks.map(({ digest }) => context.blobs.get(task.id, digest)))
    const start = await scope.weights.fetch(task, layout, signal)
    return decodeTensors(layout, Buffer.concat(chunks)).map((weight, index) => weight - start[index]!)
  }
  const uploadMasked = (masked: Manifest): Promise<void> =>
    retry(() => upload(context, task, masked, signal), { signal, withinMs: task.withinMs })
  const params = { task: task.id }
  const { call } = context
  await joinSum(
    context,
    {
      work: task.id,
      run: task.run,
      withinMs: task.withinMs,
      context: async () =>
        sumContext(context, accepted, await call(hubEndpoints.getCohort, { params }, { signal })),
      send: body => call(hubEndpoints.sendAggregationMessage, { params, body }, { signal }),
      receive: async ({ kind: after }, { waitSeconds: wait, timeoutMs }) => {
        const asked = { params, query: { after, wait } }
        const { message } = await call(hubEndpoints.getAggregationMessage, asked, { signal, timeoutMs })
        return message
      },
      update,
      upload: uploadMasked,
    },
    signal,
  )
}

async function evaluateTask(context: NodeContext, scope: TaskScope, accepted: AcceptedTask): Promise<void> {
  const { task, recipe } = accepted
  const { signal } = scope
  const weights = await scope.weights.fetch(task, planModel(recipe).layout, signal)
  const guard = await guardMetrics(context, accepted, signal)
  const evaluation = await scope.slot.use(engineNeeds(context, scope, accepted), engine =>
    engine.evaluate('evaluation', weights, signal),
  )
  const agreed = agreedMetrics(evaluation, recipe.evaluation.metrics)
  const examples = publishedCount(await registeredRow(context, task.card), 'evaluation', agreed.examples)
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

function engineNeeds(
  context: NodeContext,
  { open }: TaskRunner,
  { task, recipe, policy }: AcceptedTask,
): EngineNeeds {
  const { threads } = policy.cpu
  return {
    key: `${task.recipe} ${task.card} ${threads}`,
    open: async () => {
      const { train: own, evaluation }: LoadedExamples = await loadExamples(context, task.card, recipe)
      const none = { count: 0, inputShape: [], inputs: new Float32Array(), labels: new Float32Array() }
      if (task.work === 'train' && !own) throw new Refusal('split-empty', 'There are no examples to train on')
      return await open({ recipe, threads, data: { train: own ?? none, evaluation: evaluation ?? none } })
    },
  }
}

const reportEveryMs = 1000

/** Tells the hub how far the training is, at most once a second, and learns whether it is still wanted. */
function progressReporter(
  context: NodeContext,
  task: Task,
  unwanted: AbortController,
): (done: number) => void {
  let last = performance.now()
  return done => {
    if (performance.now() - last < reportEveryMs) return
    last = performance.now()
    context.call(hubEndpoints.reportProgress, { params: { task: task.id }, body: { done } }).then(
      ({ wanted }) =>
        wanted || unwanted.abort(new Refusal('task-closed', 'The hub no longer waits for this task')),
      () => {}, // a report more or less
    )
  }
}
