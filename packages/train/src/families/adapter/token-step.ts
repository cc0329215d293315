import { lossOf, type Recipe, Refusal } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { parameterTensors } from '../../executor/parameter-tensors.ts'
import type { ShuffledStep } from '../../executor/shuffled-batches.ts'
import type { FrozenTensors } from '../../graph/graph.ts'
import type { Optimiser } from '../../training/optimiser.ts'
import type { ParameterMemory } from '../../training/parameter-memory.ts'
import { rowsMaxOf, tokenGroups } from '../../training/token-groups.ts'
import { gradientName, stepNames } from '../../training/training-graph.ts'
import { adapterTrainingGraph } from './adapter-graph.ts'
import type { AdapterPlan } from './adapter-plan.ts'
import { openByLength } from './open-by-length.ts'
import { createTokenFeeds, type TokenExamples } from './token-feeds.ts'

export interface TokenStepSetup {
  readonly recipe: Pick<Recipe, 'loss' | 'task' | 'labelSmoothing' | 'classWeights'>
  readonly base: FrozenTensors
  readonly examples: TokenExamples
  readonly memory: ParameterMemory
  readonly optimiser: Optimiser
  readonly threads: number
}

/** So many rows of scores over a whole vocabulary are there at one time. */
const scoredRowsMax = 256

/**
 * Forward and backward pass of an adapter over a batch of texts: those of like length together, the gradients of the
 * groups added up. The memory needs a `part`.
 */
export function openTokenStep(plan: AdapterPlan, setup: TokenStepSetup): ShuffledStep {
  const { recipe, base, examples, memory, optimiser, threads } = setup
  const feeds = createTokenFeeds(plan, examples, recipe.classWeights)
  const loss = plan.pooling === null ? 'cross-entropy' : lossOf(recipe)
  const smoothing = recipe.labelSmoothing ?? 0
  const sessions = openByLength(threads, (rows, length) => {
    const placesMax = Math.ceil(scoredRowsMax / rowsMaxOf(length))
    return adapterTrainingGraph(plan, base, { rows, length, loss, smoothing, placesMax })
  })
  const parameters = parameterTensors(plan, memory.parameters, name => name)
  const lossOut = new Float32Array(1)
  const fetchesInto = (target: Float32Array) => ({
    [stepNames.loss]: new Tensor('float32', lossOut, []),
    ...parameterTensors(plan, target, gradientName),
  })
  const [first, later] = [fetchesInto(memory.gradients), fetchesInto(memory.part!)]

  return {
    async run(indices) {
      const total = indices.reduce((sum, index) => sum + feeds.weightOf(index), 0) || 1
      let sum = 0
      for (const [part, group] of tokenGroups(indices, feeds.lengthOf, plan.lengthMax).entries()) {
        const open = await sessions.of(group.length)
        await open.run(
          { ...parameters, ...feeds.inputs(group), ...feeds.targets(group, total) },
          part === 0 ? first : later,
        )
        if (!Number.isFinite(lossOut[0]!)) throw diverged(plan, part === 0 ? memory.gradients : memory.part!)
        if (part > 0) optimiser.addPart()
        sum += lossOut[0]!
      }
      return sum
    },
    close: sessions.close,
  }
}

function diverged({ layout }: AdapterPlan, gradients: Float32Array): Refusal {
  const broken = layout.tensors.find(
    ({ offset, size }) => !gradients.subarray(offset, offset + size).every(Number.isFinite),
  )
  const where = broken ? ` (nor is the gradient of ${broken.name})` : ''
  return new Refusal('training-diverged', `The loss is no longer a finite number${where}`, {
    hint: 'Lower the learning rate, or set `gradientClip`.',
  })
}
