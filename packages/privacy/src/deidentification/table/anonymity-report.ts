import { type Diversity, diversityOf } from './diversity.ts'
import { type ClassesInput, type EquivalenceClass, equivalenceClasses } from './equivalence-classes.ts'

/** How well the rows of a table hide among each other; counts and names of fields only, no value. */
export interface Anonymity {
  /** The size of the smallest class; 0 for an empty table. */
  readonly k: number
  /** How many classes there are of each size that occurs, smallest first. */
  readonly classes: readonly { readonly size: number; readonly count: number; readonly rows: number }[]
  readonly diversity: readonly Diversity[]
}

export interface AnonymityReport extends Anonymity {
  readonly rows: number
  /** What a class counts. */
  readonly counted: 'persons' | 'rows'
  readonly quasiIdentifiers: readonly string[]
  /** What it would be if one field said nothing any more: the most that generalising it can bring. */
  readonly without: readonly ({ readonly field: string } & Anonymity)[]
}

/**
 * k-anonymity (Samarati, Sweeney 1998; Sweeney 2002, IJUFKS 10(5)) of de-identified rows against the quasi-identifiers,
 * and the diversity of the sensitive fields. It speaks of these fields only, and of nobody who knows others; for free
 * text and pictures there is no such report. O(rows × (1 + fields²)). Throws `data-mismatch` for a row that lacks a
 * quasi-identifier.
 */
export function anonymityReport({
  rows,
  quasiIdentifiers,
  sensitive,
  persons,
}: ClassesInput & { readonly sensitive: readonly string[] }): AnonymityReport {
  const anonymity = (fields: readonly string[]): Anonymity => {
    const classes = [...equivalenceClasses({ rows, quasiIdentifiers: fields, persons }).values()]
    return {
      k: classes.reduce((least, { size }) => Math.min(least, size), classes.length === 0 ? 0 : Infinity),
      classes: sizesOf(classes),
      diversity: sensitive.map(field => diversityOf(field, { rows, classes })),
    }
  }
  return {
    rows: rows.length,
    counted: persons === undefined ? 'rows' : 'persons',
    quasiIdentifiers,
    ...anonymity(quasiIdentifiers),
    without: quasiIdentifiers.map(field => ({
      field,
      ...anonymity(quasiIdentifiers.filter(other => other !== field)),
    })),
  }
}

/** How many rows lie in classes smaller than k, and would have to be left out to reach it. */
export function rowsBelow({ classes }: Pick<Anonymity, 'classes'>, k: number): number {
  return classes.reduce((sum, { size, rows }) => sum + (size < k ? rows : 0), 0)
}

function sizesOf(classes: readonly EquivalenceClass[]): Anonymity['classes'] {
  const sizes = new Map<number, { count: number; rows: number }>()
  for (const { size, rows } of classes) {
    const { count, rows: before } = sizes.get(size) ?? { count: 0, rows: 0 }
    sizes.set(size, { count: count + 1, rows: before + rows.length })
  }
  return [...sizes].map(([size, counts]) => ({ size, ...counts })).sort((a, b) => a.size - b.size)
}
