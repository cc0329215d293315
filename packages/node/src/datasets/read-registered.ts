import { type Dataset, datasetDigest, readDataset } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** Throws `not-found` for a card that this node has never signed. */
export async function registeredRow(
  { database }: NodeContext,
  card: string,
): Promise<Selectable<NodeTables['dataset']>> {
  const row = await database.selectFrom('dataset').selectAll().where('id', '=', card).executeTakeFirst()
  if (row) return row
  throw new Refusal('not-found', `The data card ${card} is not this node's`, {
    hint: 'Register the data set again.',
  })
}

/** Reads the files of a data set again. Throws `data-changed` when they no longer hold what was registered. */
export async function readRegistered(
  { splitKey }: NodeContext,
  row: Selectable<NodeTables['dataset']>,
): Promise<Dataset> {
  const schema = row.schema ? JSON.parse(row.schema) : undefined
  const data = await readDataset(JSON.parse(row.source), { schema })
  if (datasetDigest(data, splitKey) === row.digest) return data
  throw new Refusal('data-changed', `The files of ${row.dataset} changed since they were registered`, {
    hint: 'Run `consort dataset add` again: its card then says what is there now.',
  })
}
