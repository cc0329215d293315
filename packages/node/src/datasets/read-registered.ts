import type { Reading } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { DatasetContext } from './context.ts'
import type { RegisteredDataset } from './dataset-store.ts'

/** The files of a data set as they are now. Throws `data-changed` when they no longer hold what was registered. */
export async function readRegistered(
  { readings }: Pick<DatasetContext, 'readings'>,
  row: Pick<RegisteredDataset, 'dataset' | 'source' | 'schema' | 'digest'>,
): Promise<Reading> {
  const reading = await readings.read(row.source, row.schema ?? undefined)
  if (reading.digest === row.digest) return reading
  throw new Refusal('data-changed', `The files of ${row.dataset} changed since they were registered`, {
    hint: 'Run `consort dataset add` again: its card then says what is there now.',
  })
}
