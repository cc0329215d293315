import { type CategoryField, type NumberField, nearNames, Refusal, type TableSchema } from '@consort/protocol'
import { parseNumber } from '@consort/records'
import { type CellLookup, createCellLookup } from './cell-lookup.ts'
import { checkSchema } from './check-schema.ts'
import type { ColumnMapping, Mapping } from './mapping.ts'
import { resolveUnit } from './resolve-unit.ts'
import type { UnitName } from './units.ts'

/** How one column becomes one field of the schema. */
export type Translation = NumberTranslation | CategoryTranslation | AbsentTranslation

export interface NumberTranslation {
  readonly kind: 'number'
  readonly field: NumberField
  readonly column: string
  readonly from: UnitName
  readonly to: UnitName
  /** Whether a number outside the field's range becomes a missing one, instead of a fault. */
  readonly dropsOutside: boolean
  /** Finds the cells that mean "not recorded", and of those that are numbers the same as numbers. */
  readonly lookup: CellLookup
  readonly missingNumbers: ReadonlySet<number>
}

export interface CategoryTranslation {
  readonly kind: 'category'
  readonly field: CategoryField
  readonly column: string
  readonly lookup: CellLookup
}

export interface AbsentTranslation {
  readonly kind: 'absent'
  readonly field: NumberField | CategoryField
}

export interface CheckedMapping {
  /** In the order of the schema. */
  readonly fields: readonly Translation[]
  readonly label: CategoryTranslation
}

/**
 * Puts a mapping beside the schema that it is for. Throws `mapping-invalid` with the path of the first fault in the
 * mapping, `agreement-invalid` for a schema with a unit that nobody knows.
 */
export function checkMapping(mapping: Mapping, schema: TableSchema): CheckedMapping {
  checkSchema(schema)
  if (mapping.dataset !== schema.dataset) {
    const message = `dataset: this maps ${mapping.dataset}, the schema is that of ${schema.dataset}`
    throw refusal('dataset', message, 'Name the mapping that belongs to this data set.')
  }
  const names = schema.fields.map(({ name }) => name)
  const unknown = Object.keys(mapping.fields).find(name => !names.includes(name))
  if (unknown !== undefined) {
    const near = nearNames(unknown, names)
    const hint =
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The schema has ${names.join(', ')}.`
    throw refusal(`fields.${unknown}`, `fields.${unknown}: the schema has no such field`, hint)
  }
  return {
    fields: schema.fields.map(field => translationOf(field, mapping)),
    label: categoryTranslation(schema.label, mapping.label, { path: 'label', missing: mapping.missing }),
  }
}

function translationOf(field: NumberField | CategoryField, mapping: Mapping): Translation {
  const path = `fields.${field.name}`
  const entry = Object.hasOwn(mapping.fields, field.name) ? mapping.fields[field.name] : undefined
  if (entry === undefined) {
    const hint = `If it is not recorded here, map it as \`${field.name}: absent\`, or propose an amendment of the agreement.`
    throw refusal(path, `${path}: the field is not mapped`, hint)
  }
  if (entry.kind === 'absent') return { kind: 'absent', field }
  if (entry.column === mapping.label.column) {
    const message = `${path}.column: ${entry.column} is the column of the label`
    throw refusal(`${path}.column`, message, 'A model that sees its label learns nothing else.')
  }
  const place = { path, missing: mapping.missing }
  return field.kind === 'number'
    ? numberTranslation(field, entry, place)
    : categoryTranslation(field, entry, place)
}

interface Place {
  readonly path: string
  /** The cells that mean "not recorded" in the whole file. */
  readonly missing: readonly string[]
}

function numberTranslation(field: NumberField, entry: ColumnMapping, place: Place): NumberTranslation {
  const { path } = place
  if (entry.codes !== undefined) {
    throw refusal(`${path}.codes`, `${path}.codes: the field is a number`, 'It takes `unit`, not `codes`.')
  }
  if (entry.unit === undefined) {
    const hint = `Say what the column is recorded in; \`unit: ${field.unit}\` is the unit of the schema.`
    throw refusal(`${path}.unit`, `${path}.unit is missing`, hint)
  }
  const to = field.unit as UnitName // `checkSchema` has looked
  const from = resolveUnit(entry.unit, { target: to, path: `${path}.unit` })
  const missing = [...entry.missing, ...place.missing]
  const lookup = createCellLookup(missing.map(text => [text, null]))
  const missingNumbers = new Set(missing.flatMap(text => parseNumber(text) ?? []))
  const { column, outside } = entry
  const dropsOutside = outside === 'missing'
  return { kind: 'number', field, column, from, to, dropsOutside, lookup, missingNumbers }
}

type CodedColumn = Pick<ColumnMapping, 'column' | 'codes' | 'missing' | 'unit' | 'outside'>

function categoryTranslation(field: CategoryField, entry: CodedColumn, place: Place): CategoryTranslation {
  const { column, codes = {}, missing } = entry
  const { path } = place
  for (const key of ['unit', 'outside'] as const) {
    if (entry[key] === undefined) continue
    throw refusal(`${path}.${key}`, `${path}.${key}: the field is a category`, 'It takes `codes`.')
  }
  const known = field.codes.map(({ code }) => code)
  const entries = Object.entries(codes)
  if (entries.length === 0) {
    const hint = `Say which cell means what: \`codes: { 'cell': ${known[0]} }\`. The schema lists ${listed(known)}.`
    throw refusal(`${path}.codes`, `${path}.codes is missing`, hint)
  }
  for (const [cell, code] of entries) {
    const at = `${path}.codes.${cell}`
    if (!known.includes(code)) {
      throw refusal(at, `${at}: the schema has no code ${code}`, `It lists ${listed(known)}.`)
    }
    if (missing.includes(cell)) {
      throw refusal(at, `${at}: the cell is also listed as missing`, 'Take it off one of the two lists.')
    }
  }
  const none = (text: string): [string, null] => [text, null]
  const lookup = createCellLookup([...missing.map(none), ...entries, ...place.missing.map(none)])
  return { kind: 'category', field, column, lookup }
}

function listed(codes: readonly string[]): string {
  return `${codes.slice(0, 10).join(', ')}${codes.length > 10 ? ` and ${codes.length - 10} more` : ''}`
}

function refusal(path: string, message: string, hint: string): Refusal {
  return new Refusal('mapping-invalid', message, { path, hint })
}
