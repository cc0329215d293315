import { datasetDigest, encodeExamples, readDataset, splitByKeyedHash } from '@consort/data'
import { type Recipe, Refusal, type SignedDataCard } from '@consort/protocol'
import type { Examples } from '@consort/train'
import type { NodeContext } from '../context.ts'
import { withCases } from './grow.ts'

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
  const row = await context.database
    .selectFrom('dataset')
    .selectAll()
    .where('id', '=', card)
    .executeTakeFirst()
  if (!row) {
    throw new Refusal('not-found', `The data card ${card} is not this node's`, {
      hint: 'Register the data set again.',
    })
  }
  const data = await readDataset(JSON.parse(row.source), {
    schema: row.schema ? JSON.parse(row.schema) : undefined,
  })
  if (datasetDigest(data, context.splitKey) !== row.digest) {
    throw new Refusal('data-changed', `The files of ${row.dataset} changed since they were registered`, {
      hint: 'Run `consort dataset add` again: its card then says what is there now.',
    })
  }
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
