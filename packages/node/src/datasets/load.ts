import { setImmediate } from 'node:timers/promises'
import { type Dataset, splitByDigests, streamExamples, withCases } from '@consort/data'
import type { Id, Recipe } from '@consort/protocol'
import type { AnyExamples, Tokenize } from '@consort/train'
import { answeredRecords } from './answered-records.ts'
import type { DatasetContext } from './context.ts'
import type { RegisteredDataset } from './dataset-store.ts'
import { registeredDataset } from './find-dataset.ts'
import { readRegistered } from './read-registered.ts'

/** The examples of one registered data set as a recipe takes them; a side without records is absent. */
export interface LoadedExamples {
  readonly train?: AnyExamples
  readonly evaluation?: AnyExamples
}

/**
 * `tokenize` is for recipes with a base model. Throws `data-changed` when the files no longer hold the records that
 * were registered.
 */
export async function loadExamples(
  context: Pick<DatasetContext, 'database' | 'readings'>,
  card: Id<'card'>,
  recipe: Recipe,
  tokenize?: Tokenize,
): Promise<LoadedExamples> {
  const row = await registeredDataset(context, card)
  const { data, records } = await readRegistered(context, row)
  if (row.signedCard.document.role === 'test') {
    return { evaluation: await streamExamples(data, recipe, { pause, tokenize }) }
  }
  const { train, validation } = splitByDigests(records, row.validation)
  const grown = await grownBy(context, data, row)
  const added = Int32Array.from({ length: row.cases }, (_, index) => data.count + index)
  return {
    train: await streamExamples(grown, recipe, { indices: joined(train, added), pause, tokenize }),
    ...(validation.length > 0 && {
      evaluation: await streamExamples(data, recipe, { indices: validation, pause, tokenize }),
    }),
  }
}

/** Lets whoever else waits have a turn. */
const pause = (): Promise<void> => setImmediate()

/** The data set with the answered cases that joined it at its end. */
async function grownBy(
  context: Pick<DatasetContext, 'database'>,
  data: Dataset,
  row: RegisteredDataset,
): Promise<Dataset> {
  const { dataset, cases: count } = row
  if (count === 0) return data
  return await answeredRecords(context, { dataset, count }, cases => withCases(data, cases))
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  if (second.length === 0) return first
  const all = new Int32Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
