import { Refusal } from '@consort/protocol'
import type { TableDataset } from '../dataset.ts'
import { createTableBuilder, type TableBuilder } from '../table-builder.ts'
import { type CsvHeader, type CsvSource, parseCsvHeader } from './csv-header.ts'
import type { CsvLines } from './csv-lines.ts'

/** Takes the parsed lines of a file, the header first, and says which row it was when one cannot be used. */
export interface CsvRows extends CsvLines {
  build(): TableDataset
}

interface Table {
  readonly header: CsvHeader
  readonly builder: TableBuilder
}

export function createCsvRows(source: CsvSource): CsvRows {
  const missing = new Set(['', ...source.missing])
  let table: Table | undefined
  let rows = 0
  let lines = 0

  const cellOf = (text: string): string | null => {
    const cell = text.trim()
    return missing.has(cell) ? null : cell
  }

  const addRow = (cells: readonly string[], line: number, { header, builder }: Table): void => {
    const where = `${source.path}, row ${rows + 1} (line ${line})`
    checkRowWidth(where, cells, header.width)
    const label = cellOf(cells[header.label]!)
    if (label === null) {
      throw new Refusal('label-missing', `${where}, column ${source.label}: no label`, {
        hint: 'Every record needs its label: fill it in or leave the row out.',
      })
    }
    builder.add(
      header.features.map(feature => cellOf(cells[feature]!)),
      label,
    )
    rows++
  }

  return {
    next: () => (table === undefined ? 'header' : `row ${rows + 1} (after line ${lines})`),
    add(cells, line) {
      if (table === undefined) {
        const names = cells.map(name => name.trim())
        const header = parseCsvHeader(source, names)
        table = { header, builder: createTableBuilder(header.columns) }
      } else {
        addRow(cells, line, table)
      }
      lines = line
    },
    build() {
      if (table === undefined || rows === 0) {
        throw new Refusal('data-unreadable', `${source.path} holds no records`, {
          hint: 'The first line must name the columns; each line below it is a record.',
        })
      }
      return table.builder.build()
    },
  }
}

/** Throws `data-unreadable` for a row that is longer or shorter than the header. */
export function checkRowWidth(where: string, cells: readonly string[], width: number): void {
  if (cells.length === width) return
  throw new Refusal('data-unreadable', `${where}: ${cells.length} cells under ${width} columns`, {
    hint: 'A cell that holds the delimiter or a line break must stand in double quotes.',
  })
}
