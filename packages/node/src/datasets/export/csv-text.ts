import type { CellValue, PlainRecord } from '@consort/privacy'

/** Rows of the same fields as comma-separated text with a header (RFC 4180); what is not recorded is an empty cell. */
export function csvText(rows: readonly PlainRecord[]): string {
  const names = Object.keys(rows[0] ?? {})
  const lines = rows.map(row => names.map(name => row[name] ?? null))
  return [names, ...lines].map(cells => `${cells.map(cellText).join(',')}\n`).join('')
}

function cellText(cell: CellValue): string {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
