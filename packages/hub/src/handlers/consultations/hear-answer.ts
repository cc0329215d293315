import { Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { deleteConsultation } from '../../consultations/consultation-store.ts'
import { ownConsultation } from '../../consultations/own-consultation.ts'
import type { ConsultationContext } from './context.ts'

/** Waits for the sealed answer to a question of the calling member. */
export function getConsultationAnswer({
  database,
  waiting,
}: Pick<ConsultationContext, 'database' | 'waiting'>): HubHandler<'getConsultationAnswer'> {
  return async ({ params: { consultation: id }, query: { wait }, caller }) => {
    const look = async () => {
      const { state, sealed } = await ownConsultation(database, id, { asker: caller.id })
      return state === 'answered' ? { state, sealed } : undefined
    }
    const answer = await waiting.until([id], look, { seconds: wait })
    return answer ?? { state: 'waiting', sealed: null }
  }
}

/** Forgets a question whose asker has the answer, or gives up before there is one. */
export function closeConsultation({
  database,
}: Pick<ConsultationContext, 'database'>): HubHandler<'closeConsultation'> {
  return async ({ params: { consultation: id }, body: { heard }, caller }) => {
    await database.transaction().execute(async transaction => {
      const { state } = await ownConsultation(transaction, id, { asker: caller.id })
      if (!heard && state === 'answered') {
        throw new Refusal(
          'state-conflict',
          'The question has been answered: it cannot be given up any more',
          {
            hint: 'Fetch the answer.',
          },
        )
      }
      await deleteConsultation(transaction, id)
    })
  }
}
