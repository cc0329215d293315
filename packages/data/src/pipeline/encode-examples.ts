import { type ImageInput, inputShapeOf, type Recipe, Refusal } from '@consort/protocol'
import type { AnyExamples, Examples, PlacedColumn } from '@consort/train'
import type { Dataset, ImageDataset, TableDataset } from '../dataset.ts'
import { encodeLabels } from './encode-labels.ts'
import { encodeTable } from './encode-table.ts'
import { gatherImages } from './gather-images.ts'
import { placeColumns } from './place-columns.ts'

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
  const rows = rowsOf(dataset, indices)
  const { input, task } = recipe
  return {
    count: rows.length,
    inputShape: inputShapeOf(input),
    inputs:
      input.kind === 'images'
        ? gatherImages(imagesOf(dataset, input), indices)
        : encodeTable(tableOf(dataset), input, rows),
    labels: encodeLabels(dataset, task, rows),
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
  { indices, pause }: { indices?: Int32Array; pause: () => Promise<unknown> },
): Promise<AnyExamples> {
  const { input, task } = recipe
  if (input.kind === 'images') return encodeExamples(dataset, recipe, indices)
  const rows = rowsOf(dataset, indices)
  const columns: PlacedColumn[] = []
  for (const column of placeColumns(tableOf(dataset), input, rows)) {
    columns.push(column)
    await pause()
  }
  const labels = encodeLabels(dataset, task, rows)
  return { count: rows.length, inputShape: inputShapeOf(input), inputs: { rows, columns }, labels }
}

function rowsOf(dataset: Dataset, indices: Int32Array | undefined): Int32Array {
  const rows = indices ?? Int32Array.from({ length: dataset.count }, (_, index) => index)
  if (rows.length === 0) {
    throw new Refusal('split-empty', `None of the ${dataset.count} records is in this split`)
  }
  if (rows.some(row => row < 0 || row >= dataset.count)) {
    throw new RangeError(`Indices must lie between 0 and ${dataset.count - 1}`)
  }
  return rows
}

function imagesOf(dataset: Dataset, input: ImageInput): ImageDataset {
  if (dataset.kind !== 'images') {
    throw new Refusal('data-mismatch', 'The recipe takes images, this data set is a table', {
      hint: 'Is the right data set registered under the name that the recipe asks for?',
    })
  }
  const held = shapeText(dataset)
  const wanted = shapeText(input)
  if (held !== wanted) {
    throw new Refusal('data-mismatch', `The images are ${held}, the recipe takes ${wanted}`, {
      hint: 'Channels × height × width. A folder of pictures can be registered at the size that the recipe takes.',
    })
  }
  return dataset
}

function shapeText({ channels, height, width }: { channels: number; height: number; width: number }): string {
  return `${channels} × ${height} × ${width}`
}

function tableOf(dataset: Dataset): TableDataset {
  if (dataset.kind === 'table') return dataset
  throw new Refusal('data-mismatch', 'The recipe takes a table, this data set is images', {
    hint: 'Is the right data set registered under the name that the recipe asks for?',
  })
}
