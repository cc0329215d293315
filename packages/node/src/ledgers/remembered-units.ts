import type { RegisteredDataset } from '../datasets/dataset-store.ts'
import { type PrivacyUnits, readUnits, type UnitSource } from './units.ts'

/** Reads the units of data sets as `readUnits` does, and remembers those that were read last. */
export type UnitReader = (
  row: RegisteredDataset,
  asked: Parameters<typeof readUnits>[2],
) => Promise<(PrivacyUnits | undefined)[]>

/** Training and held-out records of the data set at hand. 60,000 units are some 10 MB. */
const rememberedMax = 2

/**
 * `readUnits` reads and hashes all records: what was read last is remembered, because rounds of one run follow each
 * other. The records of a card never change, and whoever uses them reads the files again and checks.
 */
export function createUnitReader(source: UnitSource): UnitReader {
  const remembered = new Map<string, ReturnType<typeof readUnits>>()
  return async (row, asked) => {
    const name = JSON.stringify([row.id, asked])
    const reading = remembered.get(name) ?? readUnits(source, row, asked)
    remembered.delete(name)
    remembered.set(name, reading)
    for (const oldest of [...remembered.keys()].slice(0, -rememberedMax)) remembered.delete(oldest)
    try {
      return await reading
    } catch (error) {
      remembered.delete(name)
      throw error
    }
  }
}
