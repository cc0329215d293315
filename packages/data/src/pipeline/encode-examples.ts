import { inputShapeOf, type Recipe, Refusal } from '@consort/protocol'
import type { Chosen, Tokenize } from '@consort/records'
import { type Dataset, encodeInputs, streamInputs } from '@consort/records'
import type { AnyExamples, Examples } from '@consort/train'
import { encodeLabels } from './encode-labels.ts'

/** The parts of a recipe that say how a record becomes numbers. */
export type EncodingRecipe = Pick<Recipe, 'input' | 'task'>

/**
 * The records at `indices` (all when absent) as a model of this recipe takes them: the bytes of images as they
 * are (without `indices` they share the data set's memory), the columns of a table as `encodeTable` says.
 *
 * Throws `data-mismatch` when the data set has another kind, size or columns than the recipe asks for,
 * `value-invalid` with row and column for a cell that cannot be used, `class-unknown` with the row for a label
 * outside the recipe, `split-empty` for no records. No message repeats what a cell holds.
 */
export function encodeExamples(dataset: Dataset, recipe: EncodingRecipe, indices?: Int32Array): Examples {
  const { input, task } = recipe
  const chosen = choose(dataset, indices)
  return {
    count: chosen.rows.length,
    inputShape: inputShapeOf(input),
    inputs: encodeInputs(dataset, input, chosen),
    labels: encodeLabels(dataset, task, chosen.rows),
  }
}

/**
 * The same examples, but those of a table stay in its columns: every cell is checked here, and a batch works out the
 * numbers of its own rows. `pause` is waited for after each column, so that others are answered meanwhile. Throws as
 * `encodeExamples` does.
 */
export async function streamExamples(
  dataset: Dataset,
  recipe: EncodingRecipe,
  {
    indices,
    pause,
    tokenize,
  }: { indices?: Int32Array; pause: () => Promise<unknown>; tokenize?: Tokenize | undefined },
): Promise<AnyExamples> {
  const { input, task } = recipe
  const chosen = choose(dataset, indices)
  const steps = streamInputs(dataset, input, { ...chosen, tokenize })
  let step = steps.next()
  for (; !step.done; step = steps.next()) await pause()
  const labels = encodeLabels(dataset, task, chosen.rows)
  return { count: chosen.rows.length, inputShape: inputShapeOf(input), inputs: step.value, labels }
}

function choose(dataset: Dataset, indices: Int32Array | undefined): Chosen {
  const rows = indices ?? Int32Array.from({ length: dataset.count }, (_, index) => index)
  if (rows.length === 0) {
    throw new Refusal('split-empty', `None of the ${dataset.count} records is in this split`)
  }
  if (rows.some(row => row < 0 || row >= dataset.count)) {
    throw new RangeError(`Indices must lie between 0 and ${dataset.count - 1}`)
  }
  return { rows, isAll: indices === undefined }
}
