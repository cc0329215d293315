import type { NodeContext } from '../context.ts'
import type { DatasetRow } from '../tables/node-tables.ts'
import { type PrivacyUnits, readUnits } from './units.ts'

type Reading = ReturnType<typeof readUnits>

/** By the node's database: training and held-out records of the data set at hand. 60,000 units are some 10 MB. */
const remembered = new WeakMap<object, Map<string, Reading>>()
const rememberedMax = 2

/**
 * As `readUnits`, which reads and hashes all records: what was read last is remembered, because rounds of one run follow
 * each other. The records of a card never change, and whoever uses them reads the files again and checks.
 */
export async function rememberedUnits(
  context: NodeContext,
  row: DatasetRow,
  asked: Parameters<typeof readUnits>[2],
): Promise<(PrivacyUnits | undefined)[]> {
  const known = remembered.get(context.database) ?? new Map<string, Reading>()
  remembered.set(context.database, known)
  const name = JSON.stringify([row.id, asked])
  const reading = known.get(name) ?? readUnits(context, row, asked)
  known.delete(name)
  known.set(name, reading)
  for (const oldest of [...known.keys()].slice(0, -rememberedMax)) known.delete(oldest)
  try {
    return await reading
  } catch (error) {
    known.delete(name)
    throw error
  }
}
