import type { Result, Row } from './race.ts'

const columns = [
  'race',
  'case',
  'peer',
  'ours',
  'theirs',
  'unit',
  'ratio',
  'quartiles',
  'goal',
  'met',
] as const
const numeric = new Set<string>(['ours', 'theirs', 'ratio', 'goal'])

/** An aligned table, with the remarks as footnotes below it. */
export function renderTable(results: readonly Result[]): string {
  const remarks: string[] = []
  const body = results.map(result => {
    const cells = cellsOf(result)
    if (result.remark === undefined) return cells
    if (!remarks.includes(result.remark)) remarks.push(result.remark)
    return cells.with(-1, `${cells.at(-1)} [${remarks.indexOf(result.remark) + 1}]`)
  })
  const rows = [[...columns], ...body]
  const widths = columns.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  const lines = rows.map(row =>
    row
      .map((cell, i) =>
        numeric.has(columns[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [...lines, ...remarks.map((remark, i) => `[${i + 1}] ${remark}`)].join('\n')
}

/** The row as it is written to a file: the fixed fields and nothing else. */
export function toRow(result: Result): Row {
  const { race, case: name, peer, ours, theirs, unit, ratio, goal, met } = result
  return { race, case: name, peer, ours, theirs, unit, ratio, goal, met }
}

function cellsOf(result: Result): string[] {
  const { quartiles, met } = result
  return [
    result.race,
    result.case,
    result.peer,
    digits(result.ours),
    digits(result.theirs),
    result.unit,
    digits(result.ratio),
    quartiles ? `${digits(quartiles[0])} - ${digits(quartiles[1])} (${result.pairs})` : '-',
    digits(result.goal),
    met === null ? '-' : met ? 'yes' : 'NO',
  ]
}

/** Four significant digits, without an exponent. */
function digits(value: number | null): string {
  if (value === null) return '-'
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)))
}
