import { checkDeltaFor, epsilonOf, lossOfTraining, repeatLoss } from '@consort/privacy'
import { type Agreement, Refusal, type Task } from '@consort/protocol'
import { type SamplingPlan, samplingPlan } from '@consort/train'
import { registeredDataset } from '../datasets/find-dataset.ts'
import { trueCounts } from '../datasets/noised-counts.ts'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { type Reservation, reserveRelease } from '../ledgers/reserve.ts'
import { trainerFor } from '../policy/policy.ts'
import type { TrainingContext } from './context.ts'

export interface GuardedTraining {
  /** Throws `policy-refused` when something else was done than what was reserved. */
  check(mechanism: SamplingPlan | undefined): void
  readonly settle: Reservation['settle']
}

/**
 * What a site asks of a training before its records are used: enough work that the update is not the gradient of a few
 * records; a δ that protects; and where the records have a budget, noise, and budget left for it, which is set aside
 * here. Undefined where they have none. Throws `policy-refused`, `privacy-parameters-invalid`, and as `reserveRelease`
 * does.
 */
export async function guardTraining(
  context: TrainingContext,
  { task, recipe, policy, agreements }: AcceptedTask,
  signal: AbortSignal,
): Promise<GuardedTraining | undefined> {
  const { train: examples } = trueCounts(await registeredDataset(context, task.card))
  const epochs = recipe.federation.localEpochs
  checkWork({ examples, epochs, batchSize: recipe.batchSize, workMin: policy.privacy.workMin })
  const noise = recipe.privacy.differentialPrivacy
  if (noise) checkDeltaFor(noise.delta, { records: Math.max(1, examples) })
  const plan = samplingPlan(recipe, { examples, epochs })
  if (plan) for (const agreement of agreements) checkAgreed(agreement, plan, task)
  const guarded = await context.guarded.of(task.card, { policy: policy.privacy, side: 'train' })
  if (!guarded) return undefined
  if (!plan) throw withoutNoise(guarded)
  const { exempt } = policy.privacy
  const program = trainerFor(policy, recipe)
  if (program && exempt.trainer === undefined) throw byProgram(guarded.dataset)
  const lossOf = (records: number) => lossOfTraining(plan, records)
  const release = { task, what: 'training', lossOf, statement: { run: task.run, exempt } } as const
  const { settle } = await reserveRelease(context, guarded, release, signal)
  return { check: mechanism => program || checkMechanism(plan, mechanism), settle }
}

/** No epochs leave the weights as they are, which tells nothing. */
function checkWork(of: { examples: number; epochs: number; batchSize: number; workMin: number }): void {
  const { examples, epochs, batchSize, workMin } = of
  const steps = Math.ceil((epochs * examples) / batchSize)
  if (steps === 0 || examples * steps >= workMin) return
  throw new Refusal(
    'policy-refused',
    `${examples} examples in ${steps} steps are ${examples * steps} of work; this node hands in no update of less than ${workMin}`,
    {
      hint: 'Records can be read from the gradient of a few of them: use smaller batches, more epochs or more records, or lower `privacy.workMin` in policy.yaml.',
    },
  )
}

/** The δ at which agreements bound ε. */
const agreedDelta = 1e-5

/** All rounds of the run, whether this node takes part in them or not. */
function checkAgreed({ privacy: { epsilonMax } }: Agreement, plan: SamplingPlan, { rounds }: Task): void {
  if (epsilonMax === null || plan.steps === 0) return
  const { epsilon } = epsilonOf(repeatLoss(lossOfTraining(plan, 1), rounds), { delta: agreedDelta })
  if (epsilon <= epsilonMax) return
  throw new Refusal(
    'agreement-refused',
    `A record here would lose up to ε = ${epsilon.toFixed(2)} in this run, and the agreement allows ${epsilonMax}`,
    {
      hint: 'More noise, fewer rounds or epochs, or smaller batches lower it: see `privacy` in docs/recipes.md.',
    },
  )
}

function withoutNoise({
  dataset,
  budget: { epsilon },
}: {
  dataset: string
  budget: { epsilon: number }
}): Refusal {
  return new Refusal(
    'policy-refused',
    `The records of ${dataset} have a privacy budget of ε = ${epsilon}, and the recipe trains without noise`,
    { hint: 'Put `privacy.differentialPrivacy` into the recipe: see docs/differential-privacy.md.' },
  )
}

function byProgram(dataset: string): Refusal {
  return new Refusal(
    'policy-refused',
    `The records of ${dataset} have a privacy budget, and nobody can tell how much a program of one's own spends`,
    {
      hint: 'Let the built-in engine train this recipe (`trainer.recipes` in policy.yaml), or say in `privacy.exempt.trainer` why the program is trusted to add the noise of the recipe.',
    },
  )
}

function checkMechanism(plan: SamplingPlan, done: SamplingPlan | undefined): void {
  const isPlanned =
    done?.steps === plan.steps &&
    done.sampleRate === plan.sampleRate &&
    done.noiseMultiplier === plan.noiseMultiplier
  if (isPlanned) return
  throw new Refusal('policy-refused', 'The training was another one than its privacy budget was reserved for')
}
