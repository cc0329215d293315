import type { RowMessage } from './row-digester.ts'

/** A column by its name and where its cell stands in a row. */
export interface NamedCell {
  readonly name: string
  readonly cell: number
}

/** What the digest of a record is made of: `recordDigests` makes the same of a table in memory. */
export function recordMessage(of: {
  features: readonly NamedCell[]
  label: number
  marks: readonly string[]
}): RowMessage {
  const { label, marks } = of
  const features = of.features.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const head = `consort-record\n${JSON.stringify({ kind: 'row', columns: features.map(({ name }) => name) })}\n`
  const cells = features.map(({ cell }, place) => ({ before: place === 0 ? '[' : ',', cell, marks }))
  return { head, cells: [...cells, { before: ']\n', cell: label, marks: [] }], tail: '', width: 32 }
}

/** Bytes that are kept of a unit's digest: they tell any records apart. */
export const unitBytes = 16

/**
 * What the digest of a privacy unit is made of, all columns with the label: `unitDigests` makes the same of a table.
 */
export function unitMessage(columns: readonly NamedCell[]): RowMessage {
  const cells = columns
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, cell }, place) => {
      const before = `${place === 0 ? '[[' : '],['}${JSON.stringify(name)},`
      return { before, cell, marks: [] }
    })
  return { head: 'record\n', cells, tail: ']]', width: unitBytes }
}
