import { nearNames, Refusal } from '@consort/protocol'

/** Separated text, and what of it is used. */
export interface CsvSource {
  readonly path: string
  /** The column that is to be predicted. */
  readonly label: string
  /** Columns to use; all but the label when absent. */
  readonly features?: readonly string[] | undefined
  /** By default a tab for .tsv and .tab, else a comma. */
  readonly delimiter?: string | undefined
  /** Cells that mean "not recorded", beside empty ones. */
  readonly missing: readonly string[]
}

/** Where in each row the label and the features stand, from 0. */
export interface CsvHeader {
  readonly width: number
  readonly label: number
  readonly columns: readonly string[]
  readonly features: readonly number[]
}

/**
 * Finds the columns of `source` in the first line of its file. Throws `label-missing` when the label is not
 * there, `data-unreadable` for a header that cannot be used. A file without a header shows a record here, so
 * names are only repeated when they look like what was asked for.
 */
export function parseCsvHeader(source: CsvSource, names: readonly string[]): CsvHeader {
  const places = firstPlaces(names)
  const label = places.get(source.label)
  if (label === undefined) {
    throw new Refusal('label-missing', `${source.path} has no column named ${source.label}`, {
      hint: hintFor(source.label, names),
      path: 'label',
    })
  }
  const second = names.findIndex((name, index) => name !== '' && places.get(name)! < index)
  if (second >= 0) {
    const first = places.get(names[second]!)!
    throw refusal(source, `columns ${first + 1} and ${second + 1} have the same name`, {
      hint: 'Give every column its own name in the first line.',
    })
  }
  const columns = source.features ?? names.filter((_, index) => index !== label)
  const listed = firstPlaces(columns)
  const features = columns.map((column, position) => {
    checkFeature({ source, names, places, listed }, column, position)
    return places.get(column)!
  })
  if (features.length === 0) {
    throw refusal(source, 'the label is its only column', { hint: oneColumnHint })
  }
  return { width: names.length, label, columns, features }
}

/** Where each name comes first: a table may have thousands of columns, and a search for each takes seconds. */
function firstPlaces(names: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [place, name] of names.entries()) if (!places.has(name)) places.set(name, place)
  return places
}

/** Whether there is a column that only a list of features can pass over. */
export function hasUnnamed(names: readonly string[]): boolean {
  return names.includes('')
}

interface Chosen {
  source: CsvSource
  names: readonly string[]
  places: ReadonlyMap<string, number>
  /** Where each feature is listed first. */
  listed: ReadonlyMap<string, number>
}

function checkFeature({ source, names, places, listed }: Chosen, column: string, position: number): void {
  const path = `features[${position}]`
  if (column === '') {
    throw refusal(source, `column ${places.get('')! + 1} has no name`, {
      hint: 'Name it in the first line, or list the features to use.',
    })
  }
  if (column === source.label) {
    throw refusal(source, `the label ${column} is also listed as a feature`, {
      hint: 'A model that sees its label learns nothing else; take it off the list.',
      path,
    })
  }
  if (listed.get(column)! < position) {
    throw refusal(source, `the feature ${column} is listed twice`, { path })
  }
  if (!places.has(column)) {
    throw refusal(source, `no column is named ${column}`, { hint: hintFor(column, names), path })
  }
}

function refusal(source: CsvSource, message: string, options: { hint?: string; path?: string }): Refusal {
  return new Refusal('data-unreadable', `${source.path}: ${message}`, options)
}

export const oneColumnHint = 'Is the delimiter right? By default it is a tab for .tsv and .tab, else a comma.'

function hintFor(wanted: string, names: readonly string[]): string {
  if (names.some(name => name !== '' && Number.isFinite(Number(name)))) {
    return 'The first line must name the columns, but it holds numbers: is the header missing?'
  }
  const near = nearNames(wanted, names)
  if (near.length > 0) return `Did you mean ${near.join(' or ')}? Upper and lower case matter.`
  return names.length === 1 ? oneColumnHint : 'The first line must name the columns.'
}
