import { parseNumber, splitByKeyedHash, type TableDataset } from '@consort/data'
import { answerSurvey, type ColumnCell, drawDiscreteLaplace } from '@consort/privacy'
import {
  type Field,
  type Manifest,
  manifestOf,
  Refusal,
  sliceChunks,
  type TableSchema,
} from '@consort/protocol'
import { appendEvent, type NodeContext } from '../context.ts'
import { readRegistered } from '../datasets/read-registered.ts'
import { keptStates } from '../sums/sum-state.ts'
import type { AcceptedSurvey } from './accept-survey.ts'
import { checkRepeats } from './check-repeats.ts'
import { guardSurvey } from './guard-survey.ts'

/**
 * This node's answers, noise included, as they were written down: made once, whatever happens, and the same in every attempt at
 * the sum. Throws `policy-refused`, `state-conflict` for a survey that was answered to its end before, and as
 * `guardSurvey` and `answerSurvey` do.
 */
export async function makeAnswer(
  context: NodeContext,
  accepted: AcceptedSurvey,
  signal: AbortSignal,
): Promise<Manifest> {
  const { survey, row } = accepted
  const done = await context.database
    .selectFrom('work')
    .select('manifest')
    .where('task', '=', survey.id)
    .executeTakeFirst()
  if (done) return JSON.parse(done.manifest)
  if ((await keptStates(context, survey.id)).length > 0)
    throw new Refusal('state-conflict', 'This node has answered this survey before')
  const data = await readRegistered(context, row)
  if (data.kind !== 'table') throw new Refusal('data-mismatch', `${row.dataset} is no table`)
  const { train } = splitByKeyedHash(data, { key: context.splitKey, validation: row.validation })
  const surveyed = { survey, digest: row.digest, records: train.length }
  await checkRepeats(context.database, surveyed)
  const guard = await guardSurvey(context, accepted, signal)
  const answer = answerSurvey(survey, {
    columnOf: columnsOf(data, JSON.parse(row.schema!), train),
    noise: scale => drawDiscreteLaplace({ scale, entropy: context.entropy }),
    partners: accepted.members.length,
  })
  const file = Buffer.from(Uint16Array.from(answer).buffer)
  const manifest = manifestOf(file)
  const chunks = sliceChunks(file)
  for (const [index, chunk] of manifest.chunks.entries())
    await context.blobs.put(survey.id, chunk, chunks[index]!)
  await context.database.transaction().execute(async transaction => {
    const now = context.now().toISOString()
    const work = { task: survey.id, manifest: JSON.stringify(manifest), result: '{}', created: now }
    await transaction.insertInto('work').values(work).execute()
    const { id, dataset, questions } = survey
    const { digest, records } = surveyed
    const kept = { id, dataset, digest, records, questions: JSON.stringify(questions), answered: now }
    await transaction
      .insertInto('survey')
      .values(kept)
      .onConflict(conflict => conflict.column('id').doUpdateSet({ digest, records }))
      .execute()
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
    const read = readerOf(field)
    if (field === schema.label) return Array.from(rows, row => read(table.labels[row] ?? null))
    const cells = table.cells[table.columns.indexOf(name)]
    if (!cells) throw new Refusal('data-mismatch', `The data set has no column named ${name}`)
    const values = cells.values.map(read)
    return Array.from(rows, row => values[cells.codes[row]!] ?? null)
  }
}

/** What is no number stays a text, which `answerSurvey` refuses without showing it. */
function readerOf({ kind }: Field): (cell: string | null) => ColumnCell {
  return cell => (cell === null || kind === 'category' ? cell : (parseNumber(cell) ?? cell))
}
