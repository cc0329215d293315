import { type Id, questionSchema, type Survey } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const questions = jsonColumn('survey.questions', z.array(questionSchema))

/** A survey that this node has answered. */
export interface AnsweredSurvey {
  readonly id: Id<'survey'>
  readonly dataset: string
  /** Keyed digest over all records that it was about. */
  readonly digest: string
  /** How many they were. */
  readonly records: number
  readonly questions: Survey['questions']
}

/** The other surveys that were answered about a data set, the oldest first. */
export async function otherSurveys(
  database: NodeReader,
  { id, dataset }: { readonly id: Id<'survey'>; readonly dataset: string },
): Promise<AnsweredSurvey[]> {
  const rows = await database
    .selectFrom('survey')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('id', '!=', id)
    .orderBy('answered')
    .execute()
  return rows.map(({ answered, ...row }) => ({ ...row, questions: questions.read(row.questions) }))
}

/** Keeps which records a survey was answered about. */
export async function keepAnswered(
  transaction: Transaction<NodeTables>,
  { questions: asked, ...survey }: AnsweredSurvey,
  at: Date,
): Promise<void> {
  const { digest, records } = survey
  await transaction
    .insertInto('survey')
    .values({ ...survey, questions: questions.write(asked), answered: at.toISOString() })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ digest, records }))
    .execute()
}
