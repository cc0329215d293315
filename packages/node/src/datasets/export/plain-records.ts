import { type Column, distinctTexts, parseNumber, type TableDataset, textAt } from '@consort/data'
import type { CellValue, DeidentificationRules, FieldRule, PlainRecord, RecordField } from '@consort/privacy'
import type { TableSchema } from '@consort/protocol'

/** What is known of a table beside its cells. */
export interface TableKnowledge {
  readonly label: string
  /** Where it has a field of a column's name, that says what the column holds. */
  readonly schema: TableSchema | undefined
  readonly rules: DeidentificationRules
}

/**
 * The rows of a table with the label as one more field, and what kind of field each is. A column that the schema does
 * not know is what its rule takes; one that is to stay as it is has to hold numbers or dates throughout, or be the
 * label. All else is text, of which `keep` is refused.
 */
export function plainRecords(
  table: TableDataset,
  { label, schema, rules }: TableKnowledge,
): { records: PlainRecord[]; fields: RecordField[] } {
  const agreed = new Map([...(schema?.fields ?? []), ...(schema ? [schema.label] : [])].map(f => [f.name, f]))
  const columns = [
    ...table.columns.map((name, place) => ({ name, column: table.cells[place]! })),
    { name: label, column: table.label },
  ]
  const fields = columns.map(({ name, column }): RecordField => {
    const rule = rules.fields.find(({ field }) => field === name)?.rule
    return agreed.get(name) ?? fieldOf(name, rule, { column, isLabel: name === label })
  })
  const records = Array.from({ length: table.count }, (_, row) =>
    Object.fromEntries(
      columns.map(({ name, column }, place) => [name, readCell(textAt(column, row), fields[place]!)]),
    ),
  )
  return { records, fields }
}

/** A case's cells as the records above hold theirs: applications may write numbers as text, as files do. */
export function plainCells(
  cells: Readonly<Record<string, CellValue>>,
  fields: readonly RecordField[],
): PlainRecord {
  const kinds = new Map(fields.map(field => [field.name, field]))
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => {
      const field = kinds.get(name)
      if (typeof cell !== 'string' || !field) return [name, cell]
      return [name, cell === '' ? null : readCell(cell, field)]
    }),
  )
}

interface Content {
  readonly column: Column
  readonly isLabel: boolean
}

function fieldOf(name: string, rule: FieldRule['rule'] | undefined, content: Content): RecordField {
  switch (rule) {
    case 'bin':
    case 'bucket':
      return { kind: 'number', name }
    case 'shorten-date':
    case 'shift-date':
      return { kind: 'date', name }
    case 'keep':
      return keptField(name, content)
    default:
      return { kind: 'text', name }
  }
}

const dateStart = /^\d{4}(-\d\d-\d\d|\/\d\d?\/\d\d?|年)/

function keptField(name: string, { column, isLabel }: Content): RecordField {
  const { values } = distinctTexts(column)
  if (values.every(isQuantity)) return { kind: 'number', name }
  if (values.every(value => dateStart.test(value))) return { kind: 'date', name }
  return isLabel ? { kind: 'category', name, codes: values.map(code => ({ code })) } : { kind: 'text', name }
}

/**
 * Up to 15 digits before the point: more are no measurement but somebody's number, and a float64 would not even keep
 * them. Nor would it keep the zeros that codes begin with.
 */
function isQuantity(text: string): boolean {
  return parseNumber(text) !== undefined && /^[+-]?(0|[1-9]\d{0,14})?([.eE]|$)/.test(text)
}

/** What is no number in a field of numbers stays text, for the rule to refuse. */
function readCell(text: string | null, { kind }: RecordField): CellValue {
  return text === null || kind !== 'number' ? text : (parseNumber(text) ?? text)
}
