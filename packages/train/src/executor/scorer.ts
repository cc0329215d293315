import { lossOf, type Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { Tensor } from 'onnxruntime-node'
import { type Evaluation, evaluate } from '../metrics/evaluate.ts'
import { planModel } from '../model/model-plan.ts'
import { type Batch, createBatchFiller } from '../training/batch-filler.ts'
import { scoringGraph, stepNames } from '../training/training-graph.ts'
import { openSession } from './session.ts'

export interface Scorer {
  /** Logits or predicted numbers of all examples, [count × outputs]. */
  score(weights: Float32Array): Promise<Float32Array>
  evaluate(weights: Float32Array): Promise<Evaluation>
  close(): Promise<void>
}

const batchSizeMax = 250

/** Runs a recipe's model forward over examples, in the calling thread. */
export async function openScorer(recipe: Recipe, examples: AnyExamples, threads = 1): Promise<Scorer> {
  const plan = planModel(recipe)
  const batchSize = Math.min(batchSizeMax, examples.count)
  const session = await openSession(scoringGraph(plan, batchSize), threads)
  const fill = createBatchFiller(recipe, examples)
  const batch: Batch = {
    inputs: new Float32Array(
      batchSize * plan.inputShape.reduce((product, dimension) => product * dimension, 1),
    ),
    labels: new Float32Array(batchSize),
    weights: new Float32Array(batchSize),
  }
  const input = new Tensor('float32', batch.inputs, [batchSize, ...plan.inputShape])
  const scoresOut = new Float32Array(batchSize * plan.outputs)
  const fetches = { scores: new Tensor('float32', scoresOut, [batchSize, plan.outputs]) }

  const score = async (weights: Float32Array): Promise<Float32Array> => {
    const feeds: Record<string, Tensor> = { [stepNames.input]: input }
    for (const { name, shape, offset, size } of plan.layout.tensors) {
      feeds[name] = new Tensor('float32', weights.subarray(offset, offset + size), shape)
    }
    const scores = new Float32Array(examples.count * plan.outputs)
    for (let start = 0; start < examples.count; start += batchSize) {
      const length = Math.min(batchSize, examples.count - start)
      fill(
        batch,
        Int32Array.from({ length }, (_, index) => start + index),
      )
      await session.run(feeds, fetches)
      scores.set(scoresOut.subarray(0, length * plan.outputs), start * plan.outputs)
    }
    return scores
  }

  return {
    score,
    async evaluate(weights) {
      return evaluate(lossOf(recipe), {
        scores: await score(weights),
        outputs: plan.outputs,
        labels: examples.labels,
      })
    },
    close: () => session.release(),
  }
}
