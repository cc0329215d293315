import { Refusal } from '@consort/protocol'
import type { CsvRecord } from './record-scanner.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of one cell. */
function cellText({ bytes, starts, ends }: CsvRecord, cell: number): string {
  return decoder.decode(bytes.subarray(starts[cell]!, ends[cell]!))
}

/** All cells of a record, for a first line, which names the columns. */
export function recordTexts(record: CsvRecord): string[] {
  return Array.from({ length: record.count }, (_, cell) => cellText(record, cell))
}

/** Throws `data-unreadable` for a row that is longer or shorter than the header. */
export function checkRowWidth(where: string, { count }: CsvRecord, width: number): void {
  if (count === width) return
  throw new Refusal('data-unreadable', `${where}: ${count} cells under ${width} columns`, {
    hint: 'A cell that holds the delimiter or a line break must stand in double quotes.',
  })
}
