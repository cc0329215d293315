import type { ReadLimits } from '../files/read-limits.ts'

const rowsAtFirst = 1024
/** Rows are not all equally long. */
const margin = 1.02

/**
 * How many rows a table will have when `share` of its file has been read and holds `rows`, for setting memory aside:
 * never more than columns of numbers may take.
 */
export function expectedRows(
  rows: number,
  share: number,
  { columns, limits }: { columns: number; limits: ReadLimits },
): number {
  const most = limits.memoryBytesMax / (Float64Array.BYTES_PER_ELEMENT * Math.max(1, columns))
  return Math.max(rowsAtFirst, Math.ceil(Math.min((margin * rows) / share + rowsAtFirst, most)))
}
