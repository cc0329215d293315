import { documentSignatureHolds, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import { retrainIfDue } from '../../runs/retrain.ts'

export function putDataCard(context: HubContext): Handler<typeof hubEndpoints.putDataCard, HubCallers> {
  return async ({ body: signed, caller }) => {
    const { id, key } = caller
    const { document: card } = signed
    const signature = signed.signatures.find(entry => entry.key === key)
    if (card.member !== id) throw new Refusal('not-allowed', 'A member publishes its own cards only')
    if (!signature || !documentSignatureHolds(card, signature)) {
      throw new Refusal('signature-invalid', 'The data card is not signed by its member')
    }
    const isNew = await context.database.transaction().execute(async transaction => {
      const known = await transaction
        .selectFrom('data_card')
        .select(['member', 'signed'])
        .where('id', '=', card.id)
        .executeTakeFirst()
      if (known && (known.member !== id || known.signed !== JSON.stringify(signed))) {
        throw new Refusal('state-conflict', `A card with the id ${card.id} says something else`, {
          hint: 'A card never changes; publish a new one.',
        })
      }
      if (known) return false
      await transaction
        .updateTable('data_card')
        .set({ current: 0 })
        .where('member', '=', id)
        .where('dataset', '=', card.dataset)
        .execute()
      const row = {
        id: card.id,
        member: id,
        dataset: card.dataset,
        signed: JSON.stringify(signed),
        current: 1,
      }
      await transaction
        .insertInto('data_card')
        .values({ ...row, published: context.now().toISOString() })
        .execute()
      const { dataset, trainExamples, evaluationExamples } = card
      await appendEvent(context, transaction, {
        kind: 'data-card-published',
        body: { card: card.id, member: id, dataset, trainExamples, evaluationExamples },
      })
      return true
    })
    if (!isNew) return
    context.waiting.announce('members')
    await retrainIfDue(context, card.dataset).catch(error =>
      context.log.warn({ dataset: card.dataset, error: String(error) }, 'retraining-refused'),
    )
  }
}
