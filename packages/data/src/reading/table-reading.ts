import { bytesOf, type Column, textBytes, textsOf } from '@consort/records'
import { textsRefusal } from '../files/read-limits.ts'
import type { TableReading } from '../formats/table-reading.ts'

/**
 * What its different texts take of the heap, where each list that columns do not share has its own: a thread hands
 * over copies. Throws `data-unreadable` where that is more than `textBytesMax`.
 */
export function checkedTextBytes(reading: TableReading, path: string, textBytesMax: number): number {
  const lists = new Set(columnsOf(reading).map(textsOf))
  const bytes = [...lists].reduce((sum, texts) => sum + textBytes(texts), 0)
  if (bytes > textBytesMax) throw textsRefusal(path, { textBytesMax })
  return bytes
}

/** What a reading takes of memory. */
export function bytesOfReading(reading: TableReading): number {
  const { records, units } = reading
  const columns = new Set(columnsOf(reading))
  const texts = [...columns].reduce((sum, column) => sum + bytesOf(column), 0)
  return texts + records.byteLength + (units?.byteLength ?? 0)
}

/** Every column that a reading holds; those that the table shares with the file come twice. */
export function columnsOf({ data, written }: TableReading): Column[] {
  return [...data.cells, data.label, ...(written?.columns ?? [])]
}
