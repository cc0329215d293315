import { poolMoments } from '@consort/federation'
import {
  type Answer,
  documentSignatureHolds,
  type hubEndpoints,
  Refusal,
  type SignedFieldStatistics,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { Kysely } from 'kysely'
import { readAgreement } from '../../agreement.ts'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import { surveyRecordOf } from '../../surveys/survey-record.ts'
import type { HubTables } from '../../tables.ts'

export function putStatistics(context: HubContext): Handler<typeof hubEndpoints.putStatistics, HubCallers> {
  return async ({ body: signed, caller }) => {
    const { id, key } = caller
    const { document } = signed
    const signature = signed.signatures.find(entry => entry.key === key)
    if (!signature || !documentSignatureHolds(document, signature) || document.member !== id) {
      throw new Refusal('signature-invalid', 'The statistics are not signed by the member that tells them')
    }
    await checkAllowed(context, document)
    await context.database.transaction().execute(async transaction => {
      const card = await transaction
        .selectFrom('data_card')
        .select('id')
        .where('id', '=', document.card)
        .where('member', '=', id)
        .where('dataset', '=', document.dataset)
        .executeTakeFirst()
      if (!card) throw new Refusal('not-found', `The member has published no card ${document.card}`)
      await transaction
        .insertInto('field_statistics')
        .values({ card: document.card, signed: JSON.stringify(signed) })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      const { dataset, fields } = document
      const body = { card: document.card, member: id, dataset, fields: fields.map(({ field }) => field) }
      await appendEvent(context, transaction, { kind: 'statistics-told', body })
    })
  }
}

/** Only what the agreement in force names may be told at all. */
async function checkAllowed(
  { database }: HubContext,
  { dataset, fields }: SignedFieldStatistics['document'],
): Promise<void> {
  const agreement = (await readAgreement(database)).inForce?.document
  const schema =
    agreement?.statistics === true ? agreement.data.find(data => data.dataset === dataset) : undefined
  const numbers = schema?.fields.filter(({ kind }) => kind === 'number').map(({ name }) => name)
  const stranger = fields.find(({ field }) => !numbers?.includes(field))
  if (numbers && !stranger) return
  throw new Refusal(
    'agreement-refused',
    `The agreement lets nobody tell statistics of ${stranger && numbers ? `the field ${stranger.field} of ` : ''}${dataset}`,
  )
}

/** From the latest survey that asked for moments of any field; where there is none, from what partners told of themselves. */
export function getScales({ database }: HubContext): Handler<typeof hubEndpoints.getScales, HubCallers> {
  return async ({ params: { dataset } }) =>
    (await surveyedScales(database, dataset)) ?? (await publishedScales(database, dataset))
}

async function surveyedScales(
  database: Kysely<HubTables>,
  dataset: string,
): Promise<Answer<typeof hubEndpoints.getScales> | undefined> {
  const rows = await database
    .selectFrom('survey')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('state', '=', 'done')
    .orderBy('ended', 'desc')
    .execute()
  for (const { id, members, answers } of rows.map(surveyRecordOf)) {
    const fields = answers.flatMap(answer =>
      answer.kind === 'moments'
        ? [{ field: answer.field, count: answer.count, mean: answer.mean, deviation: answer.deviation }]
        : [],
    )
    if (fields.length > 0) return { partners: [...members], fields, survey: id }
  }
  return undefined
}

async function publishedScales(
  database: Kysely<HubTables>,
  dataset: string,
): Promise<Answer<typeof hubEndpoints.getScales>> {
  const rows = await database
    .selectFrom('field_statistics')
    .innerJoin('data_card', 'data_card.id', 'field_statistics.card')
    .innerJoin('member', 'member.id', 'data_card.member')
    .select(['field_statistics.signed', 'member.name'])
    .where('data_card.dataset', '=', dataset)
    .where('data_card.current', '=', 1)
    .orderBy('member.name')
    .execute()
  const told = rows.map(row => (JSON.parse(row.signed) as SignedFieldStatistics).document.fields)
  return { partners: rows.map(row => row.name), fields: poolMoments(told), survey: null }
}
