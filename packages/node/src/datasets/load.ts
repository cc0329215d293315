import { encodeExamples, splitByKeyedHash } from '@consort/data'
import type { Recipe, SignedDataCard } from '@consort/protocol'
import type { Examples } from '@consort/train'
import type { NodeContext } from '../context.ts'
import { registeredRow } from './find-dataset.ts'
import { readRegistered } from './read-registered.ts'
import { withCases } from './with-cases.ts'

/** The examples of one registered data set as a recipe takes them; a side without records is absent. */
export interface LoadedExamples {
  readonly train?: Examples
  readonly evaluation?: Examples
}

/** Reads the files again. Throws `data-changed` when they no longer hold the records that were registered. */
export async function loadExamples(
  context: NodeContext,
  card: string,
  recipe: Recipe,
): Promise<LoadedExamples> {
  const row = await registeredRow(context, card)
  const data = await readRegistered(context, row)
  const { role } = (JSON.parse(row.signed_card) as SignedDataCard).document
  if (role === 'test') return { evaluation: encodeExamples(data, recipe) }
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
