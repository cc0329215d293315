import assert from 'node:assert/strict'
import { type Entropy, localTermsOf, lossOf, type Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { type ModelPlan, planModel } from '../model/model-plan.ts'
import { createBatchFiller } from '../training/batch-filler.ts'
import { microBatchRows } from '../training/micro-batch.ts'
import { createOptimiser, type Optimiser, stateArraysOf } from '../training/optimiser.ts'
import { createParameterMemory, type ParameterMemory } from '../training/parameter-memory.ts'
import { expectedBatch } from '../training/sampling-plan.ts'
import type { BatchSource } from './batches.ts'
import { openClippedStep } from './clipped-step.ts'
import { sampledBatches } from './sampled-batches.ts'
import { shuffledBatches } from './shuffled-batches.ts'
import { openStep, type Step } from './step.ts'
import type { TrainRequest, TrainResult } from './train-request.ts'
import { trainBatches } from './training-loop.ts'

export interface Trainer {
  readonly plan: ModelPlan
  train(request: TrainRequest): Promise<TrainResult>
  /** One step at a time, for races and tests; `train` is made of it. Not there under differential privacy. */
  readonly stepper: Stepper
  close(): Promise<void>
}

export interface Stepper extends Pick<Step, 'batch'> {
  /** In the layout of the plan. */
  readonly parameters: Float32Array
  /** Forward, backward and optimiser over the present batch, at a learning rate; returns the batch's loss. */
  step(rate: number): Promise<number>
}

/**
 * Trains in the calling thread, which `session.run` blocks: use `openEngine` unless that is what you want. A recipe
 * with differential privacy is trained by DP-SGD, whoever asks; `entropy` then takes the place of the operating
 * system's randomness, for tests. Throws `recipe-invalid` for layers that cannot be trained so.
 */
export async function openTrainer(
  recipe: Recipe,
  examples: AnyExamples,
  threads = 1,
  entropy?: Entropy,
): Promise<Trainer> {
  const plan = planModel(recipe)
  const memory = createParameterMemory(plan.layout.size, needsOf(recipe))
  const optimiser = createOptimiser(recipe.optimiser, memory)
  const open = recipe.privacy.differentialPrivacy ? openSampled : openShuffled
  const { source, step } = await open({ recipe, examples, plan, memory, optimiser, threads, entropy })

  const parts = { recipe, count: examples.count, memory, optimiser, source }
  return {
    plan,
    train: request => trainBatches(parts, request),
    get stepper() {
      assert(step, 'there are no single steps under differential privacy')
      return stepperOf(step, memory, optimiser)
    },
    close: () => source.close(),
  }
}

interface Parts {
  readonly recipe: Recipe
  readonly examples: AnyExamples
  readonly plan: ModelPlan
  readonly memory: ParameterMemory
  readonly optimiser: Optimiser
  readonly threads: number
  readonly entropy: Entropy | undefined
}

interface Opened {
  readonly source: BatchSource
  readonly step?: Step
}

async function openShuffled({ recipe, examples, plan, memory, threads }: Parts): Promise<Opened> {
  const { batchSize, labelSmoothing: smoothing = 0 } = recipe
  const step = await openStep(plan, { loss: lossOf(recipe), smoothing, batchSize, memory, threads })
  const fill = createBatchFiller(recipe, examples)
  const source = shuffledBatches(recipe, examples.count, {
    run(indices, random) {
      fill(step.batch, indices, random)
      step.drawMasks(random)
      return step.run()
    },
    close: () => step.close(),
  })
  return { source, step }
}

async function openSampled({ plan, threads, ...parts }: Parts): Promise<Opened> {
  const { recipe, examples, memory } = parts
  const spec = recipe.privacy.differentialPrivacy!
  const divisor = expectedBatch(recipe, examples.count)
  const step = await openClippedStep(plan, {
    loss: lossOf(recipe),
    smoothing: recipe.labelSmoothing ?? 0,
    clipping: { clip: spec.clip, divisor },
    rowsMax: microBatchRows(plan, divisor),
    memory,
    threads,
  })
  return { source: sampledBatches({ ...parts, spec, step }) }
}

function stepperOf(step: Step, { parameters }: ParameterMemory, optimiser: Optimiser): Stepper {
  return {
    batch: step.batch,
    parameters,
    async step(rate) {
      const loss = await step.run()
      optimiser.step(rate)
      return loss
    },
  }
}

/** The arrays that training by a recipe keeps beside parameters and gradients. */
export function needsOf({ federation, privacy, optimiser }: Recipe) {
  return {
    ...stateArraysOf(optimiser),
    anchor: localTermsOf(federation.strategy).proximal > 0,
    part: privacy.differentialPrivacy !== undefined,
  }
}
