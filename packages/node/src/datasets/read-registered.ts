import { type Dataset, datasetDigest, readDataset } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { DatasetContext } from './context.ts'
import type { RegisteredDataset } from './dataset-store.ts'

/** Reads the files of a data set again. Throws `data-changed` when they no longer hold what was registered. */
export async function readRegistered(
  { splitKey }: Pick<DatasetContext, 'splitKey'>,
  row: Pick<RegisteredDataset, 'dataset' | 'source' | 'schema' | 'digest'>,
): Promise<Dataset> {
  const data = await readDataset(row.source, { schema: row.schema ?? undefined })
  if (datasetDigest(data, splitKey) === row.digest) return data
  throw new Refusal('data-changed', `The files of ${row.dataset} changed since they were registered`, {
    hint: 'Run `consort dataset add` again: its card then says what is there now.',
  })
}
