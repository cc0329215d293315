import { type hubEndpoints, questionsPerCall, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { shownKey } from './consultation-key.ts'
import { forgetExpired } from './forget-expired.ts'
import { ownConsultation } from './own-consultation.ts'

/** What is announced between a look and the wait after it is seen this much later. */
const lookAgainMs = 1000
/** An answer is kept so long for an asker that starts again meanwhile. */
const answerKeptMs = 600_000

export function nextConsultations(
  context: HubContext,
): Handler<typeof hubEndpoints.nextConsultations, HubCallers> {
  return async ({ query: { wait }, caller }) => {
    const { id } = caller
    const until = performance.now() + wait * 1000
    await forgetExpired(context.database, context.now())
    for (;;) {
      const questions = await waitingFor(context, id)
      const left = Math.min(until - performance.now(), lookAgainMs)
      if (questions.length > 0 || left <= 0) return { questions }
      if (!(await context.waiting.wait(`consultations ${id}`, left))) return { questions }
    }
  }
}

type NextQuestions = Awaited<
  ReturnType<Handler<typeof hubEndpoints.nextConsultations, HubCallers>>
>['questions']

async function waitingFor({ database, now }: HubContext, member: string): Promise<NextQuestions> {
  const rows = await database
    .selectFrom('consultation')
    .select(['id', 'asker', 'sealed'])
    .where('answerer', '=', member)
    .where('state', '=', 'waiting')
    .where('expires', '>', now().getTime())
    .orderBy('expires')
    .limit(questionsPerCall)
    .execute()
  const questions = rows.map(async ({ id, asker, sealed }) => {
    const key = await shownKey(database, asker)
    return { id, from: asker, key, sealed } as NextQuestions[number]
  })
  return await Promise.all(questions)
}

export function answerConsultation(
  context: HubContext,
): Handler<typeof hubEndpoints.answerConsultation, HubCallers> {
  return async ({ params: { consultation: id }, body: { sealed }, caller }) => {
    const answerer = caller.id
    await context.database.transaction().execute(async transaction => {
      await forgetExpired(transaction, context.now())
      const row = await ownConsultation(transaction, id, { answerer })
      if (row.state === 'answered' && row.sealed === sealed) return
      if (row.state === 'answered')
        throw new Refusal('state-conflict', 'The question was answered in another way')
      // The question is not needed any more, and goes.
      await transaction
        .updateTable('consultation')
        .set({ state: 'answered', sealed, expires: context.now().getTime() + answerKeptMs })
        .where('id', '=', id)
        .execute()
    })
    context.waiting.announce(`consultation ${id}`)
  }
}

export function getConsultationAnswer(
  context: HubContext,
): Handler<typeof hubEndpoints.getConsultationAnswer, HubCallers> {
  return async ({ params: { consultation: id }, query: { wait }, caller }) => {
    const asker = caller.id
    const until = performance.now() + wait * 1000
    for (;;) {
      const row = await ownConsultation(context.database, id, { asker })
      if (row.state === 'answered') return { state: 'answered', sealed: row.sealed }
      const left = Math.min(until - performance.now(), lookAgainMs)
      if (left <= 0 || !(await context.waiting.wait(`consultation ${id}`, left)))
        return { state: 'waiting', sealed: null }
    }
  }
}

export function closeConsultation(
  context: HubContext,
): Handler<typeof hubEndpoints.closeConsultation, HubCallers> {
  return async ({ params: { consultation: id }, body: { heard }, caller }) => {
    const asker = caller.id
    await context.database.transaction().execute(async transaction => {
      const row = await ownConsultation(transaction, id, { asker })
      if (!heard && row.state === 'answered') {
        throw new Refusal(
          'state-conflict',
          'The question has been answered: it cannot be given up any more',
          {
            hint: 'Fetch the answer.',
          },
        )
      }
      await transaction.deleteFrom('consultation').where('id', '=', id).execute()
    })
  }
}
