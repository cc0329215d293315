import type { Cells, TableDataset } from './dataset.ts'

/** Takes rows one by one and keeps each distinct text of a column once (at most 2²⁴ of them, a `Map`'s limit). */
export interface TableBuilder {
  /** As many cells as there are columns; null where nothing is recorded. */
  add(cells: readonly (string | null)[], label: string): void
  build(): TableDataset
}

export function createTableBuilder(columns: readonly string[]): TableBuilder {
  const builders = columns.map(createCellsBuilder)
  const labels = createCellsBuilder()
  return {
    add(cells, label) {
      builders.forEach((builder, column) => {
        builder.add(cells[column] ?? null)
      })
      labels.add(label)
    },
    build() {
      const { codes, values } = labels.build()
      return {
        kind: 'table',
        count: codes.length,
        columns,
        cells: builders.map(builder => builder.build()),
        labels: Array.from(codes, code => values[code]!),
      }
    },
  }
}

/** Collects one column. */
export interface CellsBuilder {
  /** null where nothing is recorded. */
  add(cell: string | null): void
  build(): Cells
}

export function createCellsBuilder(): CellsBuilder {
  const codes: number[] = []
  const values: string[] = []
  const known = new Map<string, number>()
  return {
    add(cell) {
      if (cell === null) {
        codes.push(-1)
        return
      }
      let code = known.get(cell)
      if (code === undefined) {
        code = values.push(cell) - 1
        known.set(cell, code)
      }
      codes.push(code)
    },
    build: () => ({ codes: new Int32Array(codes), values }),
  }
}
