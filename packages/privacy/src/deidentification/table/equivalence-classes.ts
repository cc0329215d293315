import { Refusal } from '@consort/protocol'
import type { CellValue, PlainRecord } from '../rules/deidentifier.ts'

export interface ClassesInput {
  /** De-identified rows: the values are compared as they are. */
  readonly rows: readonly PlainRecord[]
  readonly quasiIdentifiers: readonly string[]
  /** Whose rows they are, one a row, where a person may have several; a class then counts persons. */
  readonly persons?: readonly CellValue[] | undefined
}

/** Rows that nobody can tell apart by their quasi-identifiers. */
export interface EquivalenceClass {
  /** Persons where they are known, else rows. */
  readonly size: number
  /** Indices into the input. */
  readonly rows: readonly number[]
}

/**
 * Divides rows into equivalence classes, by key; a missing value (null) is a value of its own. A row without a person
 * counts for nobody, so that it hides nobody. Throws `data-mismatch` for a row that lacks a quasi-identifier.
 */
export function equivalenceClasses({
  rows,
  quasiIdentifiers,
  persons,
}: ClassesInput): Map<string, EquivalenceClass> {
  const members = new Map<string, number[]>()
  for (const [index, row] of rows.entries()) {
    const key = classKey(row, quasiIdentifiers)
    const known = members.get(key)
    if (known === undefined) members.set(key, [index])
    else known.push(index)
  }
  const sizeOf = (indices: readonly number[]): number => {
    if (persons === undefined) return indices.length
    return new Set(indices.map(index => persons[index] ?? null).filter(person => person !== null)).size
  }
  return new Map([...members].map(([key, indices]) => [key, { size: sizeOf(indices), rows: indices }]))
}

/** Text that is equal exactly for rows of one class. */
export function classKey(row: PlainRecord, quasiIdentifiers: readonly string[]): string {
  const values = quasiIdentifiers.map(name => {
    if (Object.hasOwn(row, name)) return row[name]!
    throw new Refusal('data-mismatch', `A row has no field ${name}`, {
      hint: 'Each row holds every quasi-identifier; null stands for a value that is missing.',
      path: name,
    })
  })
  return JSON.stringify(values)
}
