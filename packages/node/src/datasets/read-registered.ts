import { type Dataset, datasetDigest, readDataset } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { NodeContext } from '../context.ts'
import type { DatasetRow } from '../tables/node-tables.ts'

/** Reads the files of a data set again. Throws `data-changed` when they no longer hold what was registered. */
export async function readRegistered({ splitKey }: NodeContext, row: DatasetRow): Promise<Dataset> {
  const schema = row.schema ? JSON.parse(row.schema) : undefined
  const data = await readDataset(JSON.parse(row.source), { schema })
  if (datasetDigest(data, splitKey) === row.digest) return data
  throw new Refusal('data-changed', `The files of ${row.dataset} changed since they were registered`, {
    hint: 'Run `consort dataset add` again: its card then says what is there now.',
  })
}
