import assert from 'node:assert/strict'
import { inputShapeOf, parseRecipe, type Recipe, Refusal } from '@consort/protocol'
import { exportedOrigin } from '@consort/train'
import { type BatchLimits, createBatcher } from './batcher.ts'
import { type LoadedModel, type ModelPool, openModelPool } from './model-pool.ts'
import type { ModelOutput, ModelSource } from './predictor-messages.ts'

/** One version of a classifier, loaded in every thread of a pool. */
export interface Predictor extends AsyncDisposable {
  readonly recipe: Recipe
  readonly classes: readonly string[]
  /**
   * Logits of `rows` inputs as the pipeline encodes them (pixels from 0 to 255): rows × classes, row after row. Calls
   * at the same time are run together; scores agree with those of one input alone to 1e-6.
   */
  score(inputs: Float32Array, rows: number): Promise<Float32Array>
  /**
   * What the last layer is given for the same inputs, rows × width: the activations before it, or the features as the
   * recipe scales them where there is no other layer.
   */
  embed(inputs: Float32Array, rows: number): Promise<Float32Array>
}

export interface PredictorOptions extends Partial<Omit<BatchLimits, 'runsMax'>> {
  /** Told how many rows each batch had. */
  readonly onBatch?: ((rows: number) => void) | undefined
}

/**
 * Loads a classifier into a pool: `source` is read once for each thread. Disposing it waits for what is under way.
 * Throws `weights-invalid` for a file that Consort did not export and `data-mismatch` for a model that predicts
 * numbers.
 */
export async function loadPredictor(
  pool: ModelPool,
  source: () => Promise<ModelSource>,
  options: PredictorOptions = {},
): Promise<Predictor> {
  const first = await source()
  let held: ModelSource | undefined = first
  const read = async (): Promise<ModelSource> => {
    const own = held ?? (await source())
    held = undefined
    return own
  }
  const recipe = 'onnx' in first ? parseRecipe(exportedOrigin(first.onnx).recipe) : first.recipe
  if (recipe.task.kind !== 'classification') {
    throw new Refusal('data-mismatch', `${recipe.name} predicts numbers, not classes`, {
      hint: 'Serve a version whose recipe has `task.kind: classification`.',
    })
  }
  const { classes } = recipe.task
  const inputShape = inputShapeOf(recipe.input)
  const size = inputShape.reduce((product, dimension) => product * dimension, 1)
  const model = await pool.load({ source: read, inputShape })
  const ask = createAsking(model, pool.size, options)
  let isClosed = false
  const checked = async (output: ModelOutput, inputs: Float32Array, rows: number): Promise<Float32Array> => {
    assert.equal(inputs.length, rows * size)
    if (isClosed) throw closedRefusal()
    return await ask[output].score(inputs, rows)
  }
  return {
    recipe,
    classes,
    score: async (inputs, rows) => logitsOf(await checked('scores', inputs, rows), rows),
    embed: (inputs, rows) => checked('embedding', inputs, rows),
    async [Symbol.asyncDispose]() {
      isClosed = true
      await Promise.all([ask.scores.drained(), ask.embedding.drained()])
      await model.unload()
    },
  }
}

/** A classifier in threads of its own. Throws as `loadPredictor` does. */
export async function openPredictor(
  source: ModelSource,
  { threads = 1, ...options }: PredictorOptions & { readonly threads?: number } = {},
): Promise<Predictor> {
  const pool = openModelPool({ size: 1, threads })
  try {
    const predictor = await loadPredictor(pool, async () => source, options)
    return {
      ...predictor,
      async [Symbol.asyncDispose]() {
        await predictor[Symbol.asyncDispose]()
        await pool[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
}

function createAsking(
  model: LoadedModel,
  runsMax: number,
  { rowsMax = 32, waitMs = 0, onBatch }: PredictorOptions,
) {
  const asking = (output: ModelOutput) =>
    createBatcher(
      (inputs, rows) => {
        onBatch?.(rows)
        return model.run({ output, inputs, rows })
      },
      { rowsMax, waitMs, runsMax },
    )
  return { scores: asking('scores'), embedding: asking('embedding') }
}

/** A single score s is the log-odds of the second class: logits 0 and s. */
function logitsOf(scores: Float32Array, rows: number): Float32Array {
  if (scores.length > rows) return scores
  return Float32Array.from({ length: 2 * rows }, (_, index) => (index % 2 === 0 ? 0 : scores[index >> 1]!))
}

function closedRefusal(): Refusal {
  return new Refusal('busy', 'This version of the model has just been closed', {
    hint: 'Ask again: another one serves in its place.',
  })
}
