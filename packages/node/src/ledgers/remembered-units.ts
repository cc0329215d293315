import type { RegisteredDataset } from '../datasets/dataset-store.ts'
import { type PrivacyUnits, readUnits, readWithUnits, type UnitSource } from './units.ts'

/** The units of data sets as `readUnits` says; throws as `readWithUnits` does. */
export type UnitReader = (
  row: RegisteredDataset,
  asked: Parameters<typeof readUnits>[2],
) => Promise<(PrivacyUnits | undefined)[]>

/** Training and held-out records of the data set at hand. 60,000 units are some 10 MB. */
const rememberedMax = 2

/**
 * Counting units takes a pass over all records: what was counted last is remembered, because rounds of one run follow
 * each other. Whose the records of a table are is looked up in its file each time, which costs nothing while the file
 * stays as it is; a file of texts is read again. Pictures name no persons, and whoever uses them reads them again and
 * checks.
 */
export function createUnitReader(source: UnitSource): UnitReader {
  const remembered = new Map<string, ReturnType<typeof readUnits>>()
  return async (row, asked) => {
    const kept = (await source.readings.namesPersons(row.source))
      ? await readWithUnits(source, row)
      : undefined
    const name = JSON.stringify([row.id, kept?.unitsDigest, asked])
    const read = async () =>
      readUnits(source, { row, reading: kept ?? (await readWithUnits(source, row)) }, asked)
    const units = remembered.get(name) ?? read()
    remembered.delete(name)
    remembered.set(name, units)
    for (const oldest of [...remembered.keys()].slice(0, -rememberedMax)) remembered.delete(oldest)
    try {
      return await units
    } catch (error) {
      remembered.delete(name)
      throw error
    }
  }
}
