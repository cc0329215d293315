import { type Answer, type hubEndpoints, type Id, questionsPerCall, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { deleteExpired, keepAnswer, waitingConsultations } from '../../consultations/consultation-store.ts'
import { findConsultationKey } from '../../consultations/key-store.ts'
import { ownConsultation } from '../../consultations/own-consultation.ts'
import type { ConsultationContext } from './context.ts'

/** An answer is kept so long for an asker that starts again meanwhile. */
const answerKeptMs = 600_000

/** Waits for questions to the calling member. */
export function nextConsultations(context: ConsultationContext): HubHandler<'nextConsultations'> {
  const { database, now, waiting } = context
  return async ({ query: { wait }, caller: { id } }) => {
    await deleteExpired(database, now())
    const look = async () => {
      const questions = await questionsTo(context, id)
      return questions.length > 0 ? questions : undefined
    }
    const questions = await waiting.until([`consultations ${id}`], look, { seconds: wait })
    return { questions: questions ?? [] }
  }
}

type Questions = Answer<typeof hubEndpoints.nextConsultations>['questions']

async function questionsTo(
  { database, now }: ConsultationContext,
  answerer: Id<'member'>,
): Promise<Questions> {
  const questions: Questions = []
  const rows = await waitingConsultations(database, { answerer, now: now(), limit: questionsPerCall })
  for (const { id, asker, sealed } of rows) {
    const key = await findConsultationKey(database, asker)
    if (key && sealed !== null) questions.push({ id, from: asker, key, sealed })
  }
  return questions
}

/** Takes the sealed answer to a question, null to one that cannot be opened. */
export function answerConsultation({
  database,
  now,
  waiting,
}: ConsultationContext): HubHandler<'answerConsultation'> {
  return async ({ params: { consultation: id }, body: { sealed }, caller }) => {
    await database.transaction().execute(async transaction => {
      await deleteExpired(transaction, now())
      const { state, sealed: kept } = await ownConsultation(transaction, id, { answerer: caller.id })
      if (state === 'answered' && kept === sealed) return
      if (state === 'answered')
        throw new Refusal('state-conflict', 'The question was answered in another way')
      await keepAnswer(transaction, id, { sealed, expires: now().getTime() + answerKeptMs })
    })
    waiting.announce(id)
  }
}
