import { Refusal } from '@consort/protocol'
import { createIdentifierSearch } from '../text/find-identifiers.ts'
import { redact } from '../text/redact.ts'
import { type RecordField, rulesByField } from './check-rules.ts'
import { dayOffset, plainDate, shiftDate, shortenDate } from './dates.ts'
import { binMiddle, broaderValue, bucketName, prefixOf } from './generalise.ts'
import { keyedHash } from './keyed-hash.ts'
import type { DeidentificationRules, FieldRule } from './rules.ts'

export type CellValue = string | number | null
/** One record by field; null where nothing is recorded. */
export type PlainRecord = Readonly<Record<string, CellValue>>

export interface DeidentifierOptions {
  readonly rules: DeidentificationRules
  /** All fields that a record can have, those of the schema and the owner's own. */
  readonly fields: readonly RecordField[]
  /** Of the recipient: `recipientKey`. */
  readonly key: Uint8Array
  /** People whose names are to be found in free text; the list stays at the node. */
  readonly names?: readonly string[]
}

/** The record as the recipient may see it. Throws `value-invalid`, with the field and never its value. */
export type Deidentifier = (record: PlainRecord) => PlainRecord

/**
 * Makes the function that de-identifies records for one recipient. What comes out holds the fields that have a rule
 * other than `drop`, in the order of `fields`. Throws `input-invalid` when the rules are not total over the fields.
 *
 * The function refuses a record with a field that nobody named, and a cell that its rule cannot read: a name typed
 * into a column of codes does not pass because it was not expected.
 */
export function createDeidentifier(options: DeidentifierOptions): Deidentifier {
  const { rules, fields } = options
  const steps = rulesByField(rules, fields)
    .filter(([, { rule }]) => rule !== 'drop')
    .map(([field, rule]) => [field.name, stepOf(field, rule, options)] as const)
  const known = new Set(fields.map(({ name }) => name))
  return record => {
    checkNames(record, known)
    return Object.fromEntries(
      steps.map(([name, step]) => {
        const cell = cellOf(record, name)
        return [name, cell === null ? null : step(cell, record)]
      }),
    )
  }
}

/** The cell of a field, null where the record has none. */
export function cellOf(record: PlainRecord, name: string): CellValue {
  return Object.hasOwn(record, name) ? record[name]! : null
}

function checkNames(record: PlainRecord, known: ReadonlySet<string>): void {
  const unknown = Object.keys(record).filter(name => !known.has(name)).length
  if (unknown === 0) return
  throw new Refusal('value-invalid', `The record has fields without a rule: ${unknown}`, {
    hint: 'Name every field that the table has, and give it a rule; `drop` leaves it out.',
  })
}

type Step = (cell: string | number, record: PlainRecord) => CellValue

function stepOf(field: RecordField, rule: FieldRule, { rules, key, names }: DeidentifierOptions): Step {
  const { name } = field
  switch (rule.rule) {
    case 'keep':
      return cell => keptCell(field, cell)
    case 'keyed-hash':
      return cell => keyedHash(String(cell), { key, domain: rule.domain ?? name })
    case 'bin':
      return cell => binMiddle(numberIn(field, cell), rule)
    case 'bucket':
      return cell => bucketName(numberIn(field, cell), rule.edges)
    case 'prefix':
      return cell => prefixOf(codeIn(field, cell), rule.length)
    case 'hierarchy': {
      const parents = new Map(rule.broader.map(({ value, parent }) => [value, parent]))
      const tops = rule.broader
        .filter(({ parent }) => !parents.has(parent))
        .map(({ parent }) => [parent, parent] as const)
      const table = { broader: new Map([...parents, ...tops]), levels: rule.levels }
      return cell => broaderValue(codeIn(field, cell), table) ?? unreadable(name, 'a value of its hierarchy')
    }
    case 'shorten-date':
      return cell => shortenDate(String(cell), rule.to) ?? unreadable(name, dateWanted)
    case 'shift-date':
      return (cell, record) => {
        const person = rules.person === undefined ? null : cellOf(record, rules.person)
        if (person === null) return unreadable(rules.person ?? name, 'the person whose dates are shifted')
        const offset = dayOffset(String(person).normalize('NFKC').trim(), { key, days: rule.days })
        return shiftDate(String(cell), offset) ?? unreadable(name, dateWanted)
      }
    case 'redact': {
      const search = createIdentifierSearch({ names: names ?? [] })
      return cell => redact(String(cell), search(String(cell)))
    }
    case 'drop':
      return () => null
  }
}

const dateWanted = 'a date such as 2024-03-05'

function keptCell(field: RecordField, cell: string | number): CellValue {
  switch (field.kind) {
    case 'number':
      return numberIn(field, cell)
    case 'category':
      return codeIn(field, cell)
    case 'date':
      return plainDate(String(cell)) ?? unreadable(field.name, dateWanted)
    case 'text':
      return unreadable(field.name, 'something that may leave as it is')
  }
}

function numberIn(field: RecordField, cell: string | number): number {
  const { min = -Infinity, max = Infinity } = field.kind === 'number' ? field : {}
  if (typeof cell !== 'number' || !Number.isFinite(cell)) return unreadable(field.name, 'a finite number')
  return cell >= min && cell <= max ? cell : unreadable(field.name, 'a number in its agreed range')
}

function codeIn(field: RecordField, cell: string | number): string {
  const text = String(cell)
  if (field.kind !== 'category' || field.codes.some(({ code }) => code === text)) return text
  return unreadable(field.name, 'one of its codes')
}

function unreadable(name: string, wanted: string): never {
  throw new Refusal('value-invalid', `The field ${name} does not hold ${wanted}`, {
    hint: 'Correct the record or the rule. The value stays out of this message.',
    path: name,
  })
}
