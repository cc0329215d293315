import {
  asTable,
  type Column,
  distinctTexts,
  numberAt,
  type Readings,
  splitByDigests,
  type TableDataset,
  textAt,
} from '@consort/data'
import { answerSurvey, type ColumnCell, drawDiscreteLaplace } from '@consort/privacy'
import {
  type Caller,
  type Entropy,
  type KeyPair,
  type Manifest,
  manifestOf,
  Refusal,
  sliceChunks,
  type TableSchema,
} from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import { appendEvent } from '@consort/storage'
import type { Kysely } from 'kysely'
import { readRegistered } from '../datasets/read-registered.ts'
import type { Enrolment } from '../enrolment.ts'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import { statesOfRun } from '../sums/sum-store.ts'
import { findWork, keepWork } from '../sums/work-store.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { AcceptedSurvey } from './accept-survey.ts'
import { checkRepeats } from './check-repeats.ts'
import { guardSurvey } from './guard-survey.ts'
import { keepAnswered } from './survey-store.ts'

/**
 * This node's answers, noise included, as they were written down: made once, whatever happens, and the same in every
 * attempt at the sum. Throws `policy-refused`, `state-conflict` for a survey that was answered to its end before, and
 * as `guardSurvey` and `answerSurvey` do.
 */
export type AnswerMaker = (accepted: AcceptedSurvey, signal: AbortSignal) => Promise<Manifest>

/** What answers are made with. */
export interface AnswerContext {
  readonly database: Kysely<NodeTables>
  readonly blobs: BlobStore
  readonly guarded: GuardedRecords
  readonly readings: Readings
  readonly entropy: Entropy
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
}

/** Answers surveys from this node's records. */
export function createAnswerMaker(context: AnswerContext): AnswerMaker {
  return (accepted, signal) => makeAnswer(context, accepted, signal)
}

async function makeAnswer(
  context: AnswerContext,
  accepted: AcceptedSurvey,
  signal: AbortSignal,
): Promise<Manifest> {
  const { survey, row, schema } = accepted
  const { database, blobs, entropy } = context
  const done = await findWork(database, survey.id)
  if (done) return done.manifest
  if ((await statesOfRun(database, survey.id)).length > 0)
    throw new Refusal('state-conflict', 'This node has answered this survey before')
  const { data, records } = await readRegistered(context, row)
  const table = asTable(data)
  if (!table) throw new Refusal('data-mismatch', `${row.dataset} is no table`)
  const { train } = splitByDigests(records, row.validation)
  const surveyed = { survey, digest: row.digest, records: train.length }
  await checkRepeats(database, surveyed)
  const guard = await guardSurvey(context, accepted, signal)
  const answer = answerSurvey(survey, {
    columnOf: columnsOf(table, schema, train),
    noise: scale => drawDiscreteLaplace({ scale, entropy }),
    partners: accepted.members.length,
  })
  const file = Buffer.from(Uint16Array.from(answer).buffer)
  const manifest = manifestOf(file)
  const chunks = sliceChunks(file)
  for (const [index, chunk] of manifest.chunks.entries()) await blobs.put(survey.id, chunk, chunks[index]!)
  await database.transaction().execute(async transaction => {
    const { id, dataset, questions } = survey
    const { digest, records } = surveyed
    const at = context.now()
    await keepWork(transaction, { task: id, manifest, outcome: null, at })
    await keepAnswered(transaction, { id, dataset, digest, records, questions }, at)
    await guard?.settle(transaction)
    const fields = questions.map(({ kind, field }) => `${kind} ${field}`)
    await appendEvent(context, transaction, {
      kind: 'survey-answered',
      body: { survey: id, dataset, fields },
    })
  })
  return manifest
}

/** The cells of a field, in the schema's units and codes, of the records at `rows`. */
function columnsOf(
  table: TableDataset,
  schema: TableSchema,
  rows: Int32Array,
): (name: string) => readonly ColumnCell[] {
  return name => {
    const field = [...schema.fields, schema.label].find(known => known.name === name)!
    const column = field === schema.label ? table.label : table.cells[table.columns.indexOf(name)]
    if (!column) throw new Refusal('data-mismatch', `The data set has no column named ${name}`)
    if (field.kind === 'number') return Array.from(rows, row => numberOrText(column, row))
    const { codes, values } = distinctTexts(column)
    return Array.from(rows, row => values[codes[row]!] ?? null)
  }
}

/** What is no number stays a text, which `answerSurvey` refuses without showing it. */
function numberOrText(column: Column, row: number): ColumnCell {
  const number = numberAt(column, row)
  return number === undefined ? textAt(column, row) : number
}
