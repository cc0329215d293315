import { lossOf, type Recipe, Refusal } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { parameterTensors } from '../../executor/parameter-tensors.ts'
import { shuffledBatches } from '../../executor/shuffled-batches.ts'
import { needsOf } from '../../executor/trainer.ts'
import { trainBatches } from '../../executor/training-loop.ts'
import type { FrozenTensors } from '../../graph/graph.ts'
import { evaluate } from '../../metrics/evaluate.ts'
import { createOptimiser } from '../../training/optimiser.ts'
import { createParameterMemory } from '../../training/parameter-memory.ts'
import { tokenGroups } from '../../training/token-groups.ts'
import type { EngineOptions, FamilyScorer, FamilyTrainer } from '../family.ts'
import { pooledGraph } from './adapter-graph.ts'
import { planAdapter } from './adapter-plan.ts'
import { openByLength } from './open-by-length.ts'
import { createTokenFeeds, type TokenExamples } from './token-feeds.ts'
import { openTokenStep } from './token-step.ts'

/** Trains a recipe's adapter in the calling thread. Throws `weights-invalid` where the base is missing or another. */
export async function openTokenTrainer(
  recipe: Recipe,
  examples: AnyExamples,
  { threads = 1, base }: EngineOptions = {},
): Promise<FamilyTrainer> {
  const plan = planAdapter(recipe)
  const memory = createParameterMemory(plan.layout.size, { ...needsOf(recipe), part: true })
  const optimiser = createOptimiser(recipe.optimiser, memory)
  const step = openTokenStep(plan, {
    recipe,
    base: given(base),
    examples: tokensOf(examples),
    memory,
    optimiser,
    threads,
  })
  const { count } = examples
  const parts = { recipe, count, memory, optimiser, source: shuffledBatches(recipe, count, step) }
  return { train: request => trainBatches(parts, request), close: () => step.close() }
}

/** Runs a recipe's adapter forward over examples, in the calling thread. */
export async function openTokenScorer(
  recipe: Recipe,
  examples: AnyExamples,
  { threads = 1, base }: EngineOptions = {},
): Promise<FamilyScorer> {
  const plan = planAdapter(recipe)
  const feeds = createTokenFeeds(plan, tokensOf(examples))
  const tensors = given(base)
  const sessions = openByLength(threads, (rows, length) => pooledGraph(plan, tensors, { rows, length }))
  const everyone = Int32Array.from({ length: examples.count }, (_, index) => index)
  const groups = tokenGroups(everyone, feeds.lengthOf, plan.lengthMax)

  const score = async (weights: Float32Array): Promise<Float32Array> => {
    const parameters = parameterTensors(plan, weights, name => name)
    const scores = new Float32Array(examples.count * plan.outputs)
    for (const group of groups) {
      const open = await sessions.of(group.length)
      const { scores: found } = await open.run({ ...parameters, ...feeds.inputs(group) })
      const rows = found!.data as Float32Array
      for (const [row, index] of group.indices.entries()) {
        scores.set(rows.subarray(row * plan.outputs, (row + 1) * plan.outputs), index * plan.outputs)
      }
    }
    return scores
  }
  return {
    score,
    async evaluate(weights) {
      const scores = await score(weights)
      return evaluate(lossOf(recipe), { scores, outputs: plan.outputs, labels: examples.labels })
    },
    close: sessions.close,
  }
}

function tokensOf({ inputs, labels }: AnyExamples): TokenExamples {
  if ('ids' in inputs) return { inputs, labels }
  throw new Refusal(
    'recipe-invalid',
    'input.tokenizer: an adapter reads tokens of its base, not counted words',
    {
      path: 'input.tokenizer',
      hint: 'Choose the tokenizer of the base.',
    },
  )
}

function given(base: FrozenTensors | undefined): FrozenTensors {
  if (base) return base
  throw new Refusal('weights-invalid', 'The base model of this recipe is not here', {
    hint: 'Add it with `consort base add`, and compare its digest with the agreed one.',
  })
}
