import { parseRecipe, type Recipe } from '@consort/protocol'
import { type Examples, initialWeights, planModel } from '@consort/train'
import { openTrainer, type Trainer } from '@consort/train/engine'
import { recipeOf } from '../contestants/consort-engine.ts'
import { size } from '../engine/material.ts'
import { type CaseName, networks } from '../engine/networks.ts'
import { type Measure, type PairsOptions, type PairsResult, racePairs } from '../pairs.ts'
import { expectedBatch } from './rows.ts'

/** So many steps are one slice. */
export type StepRatioPlan = PairsOptions & { steps: number }

/**
 * How many times as long a step with clipping and noise takes as a plain one, both with Adam, on one thread: whole
 * trainings of one epoch in turn in one process, over the same records. A private batch has 256 records on average, a
 * plain one 256. `ours` and `theirs` are steps per second, `ratio` theirs by ours.
 */
export async function measureStepRatio(name: CaseName, plan: StepRatioPlan): Promise<PairsResult> {
  const plain = recipeOf(name, expectedBatch)
  const privacy = { differentialPrivacy: { clip: 1, noiseMultiplier: 1.1 } }
  const examples = anyExamples(name, plan.steps * expectedBatch)
  const [ours, theirs] = [
    await openTrainer(parseRecipe({ ...plain, privacy }), examples),
    await openTrainer(plain, examples),
  ]
  try {
    const result = await racePairs(epochOf(theirs, plain), epochOf(ours, plain), plan)
    return { ...result, ours: result.theirs, theirs: result.ours }
  } finally {
    await Promise.all([ours.close(), theirs.close()])
  }
}

/** Steps per second over one epoch. */
function epochOf(trainer: Trainer, recipe: Recipe): Measure {
  const weights = initialWeights(planModel(recipe), 1)
  return async () => {
    const began = performance.now()
    const { steps } = await trainer.train({ weights, epochs: 1, seed: 1, progress: [0, 1], proximal: 0 })
    return (1000 * steps) / (performance.now() - began)
  }
}

/** Numbers that look like nothing: only the time matters. */
function anyExamples(name: CaseName, count: number): Examples {
  const { input, classes } = networks[name]
  const length = count * size(input)
  const byte = (index: number): number => (index * 2_654_435_761) >>> 24
  const inputs =
    input.length === 3
      ? Uint8Array.from({ length }, (_, index) => byte(index))
      : Float32Array.from({ length }, (_, index) => byte(index) / 256)
  return {
    count,
    inputShape: input,
    inputs,
    labels: Int32Array.from({ length: count }, (_, index) => index % classes),
  }
}
