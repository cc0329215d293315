import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import { inputShapeOf, parseRecipe, type Recipe, Refusal } from '@consort/protocol'
import { exportedOrigin } from '@consort/train'
import { type BatchLimits, createBatcher } from './batcher.ts'
import type { ModelSource, PredictorReply, PredictorSetup } from './predictor-messages.ts'

/** One version of a model in a thread of its own, loaded once. */
export interface Predictor extends AsyncDisposable {
  readonly recipe: Recipe
  readonly classes: readonly string[]
  /**
   * Logits of `rows` inputs as the pipeline encodes them (pixels from 0 to 255): rows × classes, row after row. Calls at
   * the same time are run together; scores agree with those of one input alone to 1e-6.
   */
  score(inputs: Float32Array, rows: number): Promise<Float32Array>
}

export interface PredictorOptions extends Partial<BatchLimits> {
  readonly threads?: number
  /** Told when the thread ends by itself; the predictor is of no use then. */
  readonly onEnd?: () => void
}

/**
 * Loads a classifier. Disposing it waits for what is under way. Throws `weights-invalid` for a file that Consort did not
 * export and `data-mismatch` for a model that predicts numbers.
 */
export async function openPredictor(
  source: ModelSource,
  { threads = 1, rowsMax = 32, waitMs = 2, onEnd }: PredictorOptions = {},
): Promise<Predictor> {
  const recipe = 'onnx' in source ? parseRecipe(exportedOrigin(source.onnx).recipe) : source.recipe
  if (recipe.task.kind !== 'classification') {
    throw new Refusal('data-mismatch', `${recipe.name} predicts numbers, not classes`, {
      hint: 'Serve a version whose recipe has `task.kind: classification`.',
    })
  }
  const { classes } = recipe.task
  const inputShape = inputShapeOf(recipe.input)
  const size = inputShape.reduce((product, dimension) => product * dimension, 1)
  const thread = await openThread({ source, inputShape, threads }, onEnd)
  const batcher = createBatcher(thread.score, { rowsMax, waitMs })
  return {
    recipe,
    classes,
    async score(inputs, rows) {
      assert.equal(inputs.length, rows * size)
      return logitsOf(await batcher.score(inputs, rows), rows)
    },
    async [Symbol.asyncDispose]() {
      await batcher.drained()
      await thread.close()
    },
  }
}

/** A single score s is the log-odds of the second class: logits 0 and s. */
function logitsOf(scores: Float32Array, rows: number): Float32Array {
  if (scores.length > rows) return scores
  return Float32Array.from({ length: 2 * rows }, (_, index) => (index % 2 === 0 ? 0 : scores[index >> 1]!))
}

interface Thread {
  score(inputs: Float32Array, rows: number): Promise<Float32Array>
  close(): Promise<void>
}

async function openThread(setup: PredictorSetup, onEnd: (() => void) | undefined): Promise<Thread> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./predictor-worker.${extension}`, import.meta.url), {
    name: 'predictor',
    workerData: setup,
  })
  let waiting = Promise.withResolvers<PredictorReply>()
  let ended: unknown
  const end = (error: unknown): void => {
    if (ended !== undefined) return
    ended = error
    waiting.promise.catch(() => {}) // perhaps nobody waits
    waiting.reject(error)
    onEnd?.()
  }
  worker.on('message', (reply: PredictorReply) => waiting.resolve(reply))
  worker.on('error', end)
  worker.on('exit', code => end(new Refusal('internal', `The model’s thread ended with code ${code}`)))

  const answer = async (): Promise<PredictorReply> => {
    const reply = await waiting.promise
    if (reply.kind === 'error') throw new Refusal(reply.code, reply.message)
    return reply
  }
  try {
    await answer()
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    async score(inputs, rows) {
      if (ended !== undefined) throw ended
      waiting = Promise.withResolvers()
      worker.postMessage({ inputs, rows })
      const reply = await answer()
      assert.ok(reply.kind === 'scored')
      return reply.scores
    },
    async close() {
      ended ??= new Refusal('busy', 'This version of the model has just been closed', {
        hint: 'Ask again: another one serves in its place.',
      })
      await worker.terminate()
    },
  }
}
