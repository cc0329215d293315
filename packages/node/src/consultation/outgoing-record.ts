import { readDataset } from '@consort/data'
import {
  createCrowd,
  createDeidentifier,
  type DeidentificationRules,
  type PlainRecord,
  stripMetadata,
} from '@consort/privacy'
import { type CaseRecord, type DataSource, digestOfJson, Refusal, type TableSchema } from '@consort/protocol'
import { askedAnonymity } from '../datasets/export/asked-anonymity.ts'
import { exportKey } from '../datasets/export/deidentify-registered.ts'
import { plainCells, plainRecords } from '../datasets/export/plain-records.ts'
import { currentDataset } from '../datasets/find-dataset.ts'
import { readRegistered } from '../datasets/read-registered.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import type { ConsultationContext, Disguise } from './context.ts'
import type { ConsultationTerms } from './terms.ts'

/**
 * A case's record as it may leave for one partner: de-identified by the policy's rules, of the fields that the agreement
 * names, and looking like at least k of the owner's own records. Throws `agreement-refused`, `value-invalid`, `not-found`,
 * `data-changed`, and `input-invalid` for rules that do not fit; none of them repeats a value.
 */
export async function outgoingRecord(
  context: ConsultationContext,
  terms: ConsultationTerms,
  { record, rule, partner }: { record: CaseRecord; rule: AskRule; partner: string },
): Promise<CaseRecord> {
  const schema = await agreedSchema(context, terms, rule.agent)
  const { rules } = rule
  if (record.kind === 'image' || rules === 'strip-metadata') {
    if (record.kind === 'row' || rules !== 'strip-metadata') throw mismatch(record, rule)
    const { bytes } = stripMetadata(Buffer.from(record.file, 'base64'))
    return { kind: 'image', file: Buffer.from(bytes).toString('base64') }
  }
  const { deidentify, crowd, fields } = await disguiseFor(context, schema, { rules, partner })
  const disguised = deidentify(plainCells(record.cells, fields))
  const { k } = await askedAnonymity(context, rules)
  crowd.assertHides(disguised, k)
  const agreed = new Set(schema.fields.map(({ name }) => name))
  const leaving = Object.keys(record.cells).filter(name => agreed.has(name) && name in disguised)
  return { kind: 'row', cells: Object.fromEntries(leaving.map(name => [name, disguised[name]!])) }
}

function mismatch({ kind }: CaseRecord, { agent }: AskRule): Refusal {
  return new Refusal(
    'policy-refused',
    `The policy's rules for ${agent} are not about ${kind === 'row' ? 'rows' : 'pictures'}`,
    { hint: '`rules: strip-metadata` is for pictures; rows need a rule for each field.' },
  )
}

/** What the agreement says of the data set that the agent is about. */
async function agreedSchema(
  { database }: ConsultationContext,
  { agreement }: ConsultationTerms,
  agent: string,
): Promise<TableSchema> {
  const row = await database
    .selectFrom('agent')
    .select('dataset')
    .where('name', '=', agent)
    .executeTakeFirst()
  const schema = agreement.data.find(({ dataset }) => dataset === row?.dataset)
  if (schema) return schema
  throw new Refusal('agreement-refused', `The agreement does not name the data set of ${agent}`)
}

/** Of the owner's records as they are registered now; a few are kept, since each holds a table. */
async function disguiseFor(
  context: ConsultationContext,
  schema: TableSchema,
  { rules, partner }: { rules: DeidentificationRules; partner: string },
): Promise<Disguise> {
  const { disguises } = context
  const row = await currentDataset(context, schema.dataset)
  if (!row) throw new Refusal('not-found', `No data set is registered as ${schema.dataset}`)
  const name = digestOfJson({ card: row.id, digest: row.digest, rules, schema, partner })
  const known = disguises.get(name)
  if (known) return await known
  const making = makeDisguise(context, { row, schema, rules, partner })
  making.catch(() => disguises.delete(name))
  disguises.set(name, making)
  if (disguises.size > disguisesMax) disguises.delete(disguises.keys().next().value!)
  return await making
}

const disguisesMax = 8

async function makeDisguise(
  context: ConsultationContext,
  {
    row,
    schema,
    rules,
    partner,
  }: {
    row: NonNullable<Awaited<ReturnType<typeof currentDataset>>>
    schema: TableSchema
    rules: DeidentificationRules
    partner: string
  },
): Promise<Disguise> {
  const registered = await readRegistered(context, row)
  const source = JSON.parse(row.source) as DataSource
  const table =
    source.kind === 'csv' && source.features ? await readDataset(withoutFeatures(source)) : registered
  if (table.kind !== 'table') throw new Refusal('input-invalid', `${row.dataset} is no table`)
  const label = source.kind === 'csv' ? source.label : schema.label.name
  const { records, fields } = plainRecords(table, { label, schema, rules })
  const deidentify = createDeidentifier({ rules, fields, key: exportKey(context, partner) })
  const { quasiIdentifiers, person } = rules
  const persons = person === undefined ? undefined : records.map(record => record[person] ?? null)
  const crowd = createCrowd({ rows: records.map(deidentify) as PlainRecord[], quasiIdentifiers, persons })
  return { deidentify, crowd, fields }
}

/** All columns: rules may name some that models do not see. */
function withoutFeatures({ features, ...source }: Extract<DataSource, { kind: 'csv' }>): DataSource {
  return source
}
