import { encodeExamples, splitByKeyedHash } from '@consort/data'
import type { Id, Recipe } from '@consort/protocol'
import type { Examples } from '@consort/train'
import type { DatasetContext } from './context.ts'
import { registeredDataset } from './find-dataset.ts'
import { readRegistered } from './read-registered.ts'
import { withCases } from './with-cases.ts'

/** The examples of one registered data set as a recipe takes them; a side without records is absent. */
export interface LoadedExamples {
  readonly train?: Examples
  readonly evaluation?: Examples
}

/** Reads the files again. Throws `data-changed` when they no longer hold the records that were registered. */
export async function loadExamples(
  context: Pick<DatasetContext, 'database' | 'splitKey'>,
  card: Id<'card'>,
  recipe: Recipe,
): Promise<LoadedExamples> {
  const row = await registeredDataset(context, card)
  const data = await readRegistered(context, row)
  if (row.signedCard.document.role === 'test') return { evaluation: encodeExamples(data, recipe) }
  const { train, validation } = splitByKeyedHash(data, { key: context.splitKey, validation: row.validation })
  const grown = await withCases(context, data, { dataset: row.dataset, count: row.cases })
  const added = Int32Array.from({ length: row.cases }, (_, index) => data.count + index)
  return {
    train: encodeExamples(grown, recipe, joined(train, added)),
    ...(validation.length > 0 && { evaluation: encodeExamples(data, recipe, validation) }),
  }
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  if (second.length === 0) return first
  const all = new Int32Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
