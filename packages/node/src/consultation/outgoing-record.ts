import { type LeavingRecord, leavingRecord, type Readings } from '@consort/data'
import {
  type Crowd,
  createCrowd,
  createDeidentifier,
  type DeidentificationRules,
  type Deidentifier,
  type RecordField,
  stripMetadata,
} from '@consort/privacy'
import {
  type Caller,
  type CaseRecord,
  digestOfJson,
  type KeyPair,
  Refusal,
  type TableSchema,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import { findCurrent, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { askedAnonymity } from '../datasets/export/asked-anonymity.ts'
import { exportKey } from '../datasets/export/deidentify-registered.ts'
import { plainCells, plainRecords } from '../datasets/export/plain-records.ts'
import { readRegistered } from '../datasets/read-registered.ts'
import type { Enrolment } from '../enrolment.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { ConsultationTerms } from './terms.ts'

/** Cases' records as they may leave for a partner. */
export interface OutgoingRecords {
  /**
   * A case's record as it may leave for one partner: de-identified by the policy's rules, of the fields that the
   * agreement names, and looking like at least k of the owner's own records. Throws `agreement-refused`,
   * `value-invalid`, `not-found`, `data-changed`, and `input-invalid` for rules that do not fit; none of them repeats a
   * value.
   */
  of(
    record: CaseRecord,
    to: { readonly terms: ConsultationTerms; readonly rule: AskRule; readonly partner: string },
  ): Promise<CaseRecord>
}

/** What records leave with; `call`, `key`, `enrolment` and `now` serve to learn of the agreement in force. */
export interface OutgoingSetup {
  readonly database: Kysely<NodeTables>
  readonly readings: Readings
  readonly splitKey: Uint8Array
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
  /** The data set that an agent of this node is about. */
  readonly datasetOf: (agent: string) => Promise<string | undefined>
}

/** How records leave for one partner, and among how many of the owner's they hide. */
interface Disguise {
  readonly fields: readonly RecordField[]
  readonly deidentify: Deidentifier
  readonly crowd: Crowd
}

type Disguises = Map<string, Promise<Disguise>>

/** Of disguises a few are kept, since each holds a table: the owner's records are read once for each. */
export function createOutgoingRecords(setup: OutgoingSetup): OutgoingRecords {
  const disguises: Disguises = new Map()
  return {
    async of(record, { terms, rule, partner }) {
      const schema = await agreedSchema(setup, terms, rule.agent)
      const { rules } = rule
      const leaving = leavingRecord(record)
      if (leaving.as === 'nothing') throw staysHere(rule)
      if (leaving.as === 'picture' || rules === 'strip-metadata') {
        if (leaving.as !== 'picture' || rules !== 'strip-metadata') throw mismatch(leaving, rule)
        return leaving.made(stripMetadata(leaving.file).bytes)
      }
      const disguise = await disguiseFor(setup, disguises, { schema, rules, partner })
      const disguised = disguise.deidentify(plainCells(leaving.cells, disguise.fields))
      const { k } = await askedAnonymity(setup, rules)
      disguise.crowd.assertHides(disguised, k)
      const agreed = new Set(schema.fields.map(({ name }) => name))
      const names = Object.keys(leaving.cells).filter(name => agreed.has(name) && name in disguised)
      return leaving.made(Object.fromEntries(names.map(name => [name, disguised[name]!])))
    },
  }
}

function staysHere({ agent }: AskRule): Refusal {
  return new Refusal('policy-refused', `What ${agent} is asked about does not leave for a partner`, {
    hint: 'A name can stand anywhere in a text, so no rule takes it out. Take the agent out of `consult.ask`.',
  })
}

function mismatch({ as }: LeavingRecord<CaseRecord>, { agent }: AskRule): Refusal {
  return new Refusal(
    'policy-refused',
    `The policy's rules for ${agent} are not about ${as === 'cells' ? 'rows' : 'pictures'}`,
    { hint: '`rules: strip-metadata` is for pictures; rows need a rule for each field.' },
  )
}

/** What the agreement says of the data set that the agent is about. */
async function agreedSchema(
  { datasetOf }: OutgoingSetup,
  { agreement }: ConsultationTerms,
  agent: string,
): Promise<TableSchema> {
  const own = await datasetOf(agent)
  const schema = agreement.data.find(({ dataset }) => dataset === own)
  if (schema) return schema
  throw new Refusal('agreement-refused', `The agreement does not name the data set of ${agent}`)
}

interface DisguiseOf {
  readonly schema: TableSchema
  readonly rules: DeidentificationRules
  readonly partner: string
}

/** Of the owner's records as they are registered now. */
async function disguiseFor(setup: OutgoingSetup, disguises: Disguises, asked: DisguiseOf): Promise<Disguise> {
  const { dataset } = asked.schema
  const row = await findCurrent(setup.database, dataset)
  if (!row) throw new Refusal('not-found', `No data set is registered as ${dataset}`)
  const name = digestOfJson({ card: row.id, digest: row.digest, ...asked })
  const known = disguises.get(name)
  if (known) return await known
  const making = makeDisguise(setup, row, asked)
  making.catch(() => disguises.delete(name))
  disguises.set(name, making)
  if (disguises.size > disguisesMax) disguises.delete(disguises.keys().next().value!)
  return await making
}

const disguisesMax = 8

async function makeDisguise(
  setup: OutgoingSetup,
  row: RegisteredDataset,
  { schema, rules, partner }: DisguiseOf,
): Promise<Disguise> {
  const { table } = await readRegistered(setup, row)
  if (!table) throw new Refusal('input-invalid', `${row.dataset} is no table`)
  const label = table.labelName ?? schema.label.name
  // rules may name any column
  const { records, fields } = plainRecords(table.allColumns(), { label, schema, rules })
  const deidentify = createDeidentifier({ rules, fields, key: exportKey(setup, partner) })
  const { quasiIdentifiers, person } = rules
  const persons = person === undefined ? undefined : records.map(record => record[person] ?? null)
  const rows = records.map(record => deidentify(record))
  return { deidentify, crowd: createCrowd({ rows, quasiIdentifiers, persons }), fields }
}
