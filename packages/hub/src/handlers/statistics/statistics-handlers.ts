import { poolMoments } from '@consort/federation'
import { type Answer, type FieldStatistics, type hubEndpoints, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { readAgreement } from '../../documents/agreement.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { currentCards, findCard } from '../../members/card-store.ts'
import { memberNames } from '../../members/member-store.ts'
import { keepStatistics, statisticsOfCards } from '../../members/statistics-store.ts'
import { doneSurveys } from '../../surveys/survey-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Keeps what a member publishes about the fields of a data set, where the agreement lets it. */
export function putStatistics(
  context: LogOwner & { readonly database: HubDatabase },
): HubHandler<'putStatistics'> {
  return async ({ body: signed, caller }) => {
    const { document } = signed
    checkOwnDocument(signed, caller, 'The statistics are not signed by the member that tells them')
    await checkAllowed(context.database, document)
    await context.database.transaction().execute(async transaction => {
      const card = (await findCard(transaction, document.card))?.document
      if (card?.member !== caller.id || card.dataset !== document.dataset)
        throw new Refusal('not-found', `The member has published no card ${document.card}`)
      await keepStatistics(transaction, signed)
      const { dataset, fields, member } = document
      const body = { card: document.card, member, dataset, fields: fields.map(({ field }) => field) }
      await appendEvent(context, transaction, { kind: 'statistics-told', body })
    })
  }
}

/** Only what the agreement in force names may be disclosed at all. */
async function checkAllowed(database: HubDatabase, { dataset, fields }: FieldStatistics): Promise<void> {
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

type Scales = Answer<typeof hubEndpoints.getScales>

/**
 * Reads scales from the latest survey that asked for moments of any field; where there is none, from what partners
 * published of themselves.
 */
export function getScales({ database }: { readonly database: HubDatabase }): HubHandler<'getScales'> {
  return async ({ params: { dataset } }) =>
    (await surveyedScales(database, dataset)) ?? (await publishedScales(database, dataset))
}

async function surveyedScales(database: HubDatabase, dataset: string): Promise<Scales | undefined> {
  for (const { id, members, answers } of await doneSurveys(database, dataset)) {
    const fields = answers.flatMap(answer =>
      answer.kind === 'moments'
        ? [{ field: answer.field, count: answer.count, mean: answer.mean, deviation: answer.deviation }]
        : [],
    )
    if (fields.length > 0) return { partners: [...members], fields, survey: id }
  }
  return undefined
}

async function publishedScales(database: HubDatabase, dataset: string): Promise<Scales> {
  const cards = await currentCards(database, dataset)
  const names = await memberNames(database)
  const published = await statisticsOfCards(
    database,
    cards.map(({ id }) => id),
  )
  const named = published
    .map(({ member, fields }) => ({ name: names.get(member) ?? member, fields }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    partners: named.map(({ name }) => name),
    fields: poolMoments(named.map(({ fields }) => fields)),
    survey: null,
  }
}
