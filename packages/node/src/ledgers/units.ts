import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import {
  casesAlone,
  columnNamed,
  type Dataset,
  type Reading,
  type Readings,
  splitByDigests,
  unitBytes,
  unitDigests,
} from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import { answeredRecords } from '../datasets/answered-records.ts'
import type { RegisteredDataset } from '../datasets/dataset-store.ts'
import { readRegistered } from '../datasets/read-registered.ts'
import type { DatasetBudget } from '../policy/privacy-policy.ts'
import type { NodeAndReviewTables } from '../tables/node-tables.ts'

/** Whose privacy a release concerns: keyed digests, each with how many of the records are that unit's. */
export interface PrivacyUnits {
  /** The column that names persons; null when each record is a unit. */
  readonly person: string | null
  readonly counts: ReadonlyMap<string, number>
}

/** Where units are read: the answered cases among the records are in the database. */
export interface UnitSource {
  readonly database: Kysely<NodeAndReviewTables>
  readonly readings: Readings
  readonly splitKey: Uint8Array
}

/** Record by record, or by a column that names persons. */
export interface PrivacyUnitRule {
  readonly person: string | null
  /**
   * Every person counts as having so many records: how many somebody has is nobody's business. Null: as many as it has.
   */
  readonly recordsMax: number | null
}

/** How the units of a data set with this budget are told apart. */
export function unitRuleOf({
  person,
  recordsMax,
}: Pick<DatasetBudget, 'person' | 'recordsMax'>): PrivacyUnitRule {
  return { person: person ?? null, recordsMax: recordsMax ?? null }
}

/**
 * The units of one side of a registered data set, once for each rule that tells units apart; undefined where the data
 * set has no such column. A record is its cells, all columns of the file and the label, in the order of their names: so
 * the order of rows and columns, the choice of features and the name of the data set change nothing. (Of a mapped
 * source, what the mapping makes of them; of an image its pixels.) Rows that are equal are one unit whose count is 1:
 * without a column of persons they count as rows of different people. A row that names no person is a unit of its own.
 * `reading` is what `readWithUnits` gave.
 */
export async function readUnits(
  context: UnitSource,
  { row, reading }: { row: RegisteredDataset; reading: Reading },
  { side, rules }: { side: 'train' | 'evaluation'; rules: readonly PrivacyUnitRule[] },
): Promise<(PrivacyUnits | undefined)[]> {
  const key = createSecretKey(unitKeyOf(context.splitKey))
  const all = await recordsOfSide(context, { row, reading }, side)
  return rules.map(rule => countUnits(all, rule, key, row.dataset))
}

/** The records of one side of a registered data set: those of its files, and the answered cases that joined them. */
export async function recordsOfSide(
  context: UnitSource,
  { row, reading }: { row: RegisteredDataset; reading: Reading },
  side: 'train' | 'evaluation',
): Promise<Records[]> {
  const { data, units } = unitsOf(reading, createSecretKey(unitKeyOf(context.splitKey)))
  const own = { data, units, indices: indicesOf(row, reading, side) }
  return side === 'train' && row.cases > 0 ? [own, await casesOf(context, row, reading)] : [own]
}

/**
 * The files of a data set as they are now. Throws `data-changed` when they are not the registered ones, also where only
 * a column differs that is no feature: it may name the persons, and is part of every record as a unit.
 */
export async function readWithUnits(context: UnitSource, row: RegisteredDataset): Promise<Reading> {
  const reading = await readRegistered(context, row)
  if (row.unitsDigest === null || reading.unitsDigest === row.unitsDigest) return reading
  throw new Refusal(
    'data-changed',
    `The files of ${row.dataset} changed since they were registered, in columns that tell whose the records are`,
    {
      hint: 'Run `consort dataset add` again: the ledgers are then those of the persons and records that are there now.',
    },
  )
}

/** Some records, all columns of them, as units. */
export interface Records {
  readonly data: Dataset
  /** A keyed digest each, `unitBytes` long, one after the other. */
  readonly units: Uint8Array
  readonly indices: Iterable<number>
}

/** Of a CSV file all columns as they are written, whatever the registration leaves out or takes as missing. */
function unitsOf({ data, table }: Reading, key: KeyObject): Omit<Records, 'indices'> {
  if (!table) return { data, units: unitDigests(data, { key: key.export(), label: '' }) }
  return { data: table.allColumns([]), units: table.units! }
}

function indicesOf(
  { signedCard, validation }: RegisteredDataset,
  { data, records }: Reading,
  side: 'train' | 'evaluation',
): Iterable<number> {
  if (signedCard.document.role === 'test') return side === 'train' ? [] : Array(data.count).keys()
  const split = splitByDigests(records, validation)
  return side === 'train' ? split.train : split.validation
}

/** The answered cases that joined the training records. */
async function casesOf(
  context: UnitSource,
  { dataset, cases: count }: RegisteredDataset,
  { data, table }: Reading,
): Promise<Records> {
  const added = await answeredRecords(context, { dataset, count }, cases => casesAlone(data, cases))
  const label = table?.labelName ?? ''
  const units = unitDigests(added, { key: unitKeyOf(context.splitKey), label })
  return { data: added, units, indices: Array(count).keys() }
}

/** Its own key, so that these digests cannot be compared with those that fix the split. */
export function unitKeyOf(splitKey: Uint8Array): Uint8Array {
  return createHmac('sha256', splitKey).update('consort-privacy-units').digest()
}

/** Of a digest, in base 16: 128 bits tell any records apart. */
const digits = 32

/** The unit of the person who is named so. */
export function personOf(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(`person\n${text}`).digest('hex').slice(0, digits)
}

function countUnits(
  parts: readonly Records[],
  { person, recordsMax }: PrivacyUnitRule,
  key: KeyObject,
  dataset: string,
): PrivacyUnits | undefined {
  const counts = new Map<string, number>()
  const persons = new Set<string>()
  if (person !== null && !personsOf(parts[0]!, person)) return undefined
  for (const part of parts) {
    const { units, indices } = part
    const bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength)
    // Answered cases may be without it: then each is a unit of its own.
    const nameOf = person === null ? undefined : personsOf(part, person)
    for (const index of indices) {
      const name = nameOf?.(index) ?? null
      const at = index * unitBytes
      const unit = name === null ? bytes.toString('hex', at, at + unitBytes) : personOf(key, name)
      counts.set(unit, name === null ? 1 : (counts.get(unit) ?? 0) + 1)
      if (name !== null) persons.add(unit)
    }
  }
  if (recordsMax !== null) {
    for (const unit of persons) {
      if (counts.get(unit)! > recordsMax) throw tooMany(dataset, person!, recordsMax)
      counts.set(unit, recordsMax)
    }
  }
  return { person, counts }
}

/** Whose record each is, by the column that names persons; undefined where there is no such column. */
function personsOf({ data }: Records, person: string): ((index: number) => string | null) | undefined {
  return columnNamed(data, person)
}

function tooMany(dataset: string, person: string, recordsMax: number): Refusal {
  return new Refusal(
    'data-mismatch',
    `Somebody in ${dataset} has more than ${recordsMax} records by ${person}`,
    {
      hint: 'Raise `recordsMax` in policy.yaml, which charges everyone for so many, or register fewer records of them.',
    },
  )
}
