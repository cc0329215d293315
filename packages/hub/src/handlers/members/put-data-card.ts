import { canonicalJson, type Entropy, type Id, Refusal, type SignedDataCard } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import { appendEvent } from '@consort/storage'
import type { Logger } from 'pino'
import type { HubHandler } from '../../callers.ts'
import { signatureOf } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { findCard, insertCard } from '../../members/card-store.ts'
import { retrainIfDue } from '../../runs/retrain.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** What publishing a card takes: it may begin a run. */
export interface CardContext extends LogOwner {
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly log: Logger
  readonly pursue: (run: Id<'run'>) => void
}

/** Keeps a member's new card, and starts a new run of the last recipe when the agreement's rule says so. */
export function putDataCard(context: CardContext): HubHandler<'putDataCard'> {
  return async ({ body: signed, caller: { id, key } }) => {
    const { document: card } = signed
    if (card.member !== id) throw new Refusal('not-allowed', 'A member publishes its own cards only')
    signatureOf(signed, key, 'The data card is not signed by its member')
    if (!(await keepCard(context, signed))) return
    await retrainIfDue(context, card.dataset).catch(error =>
      context.log.warn({ dataset: card.dataset, error: String(error) }, 'retraining-refused'),
    )
  }
}

/** Returns false when the card was there. Throws `state-conflict` for another one with its id. */
async function keepCard(
  context: LogOwner & { readonly database: HubDatabase },
  signed: SignedDataCard,
): Promise<boolean> {
  const { id: card, member, dataset, trainExamples, evaluationExamples } = signed.document
  return await context.database.transaction().execute(async transaction => {
    const known = await findCard(transaction, card)
    if (known && canonicalJson(known) === canonicalJson(signed)) return false
    if (known) {
      throw new Refusal('state-conflict', `A card with the id ${card} says something else`, {
        hint: 'A card never changes; publish a new one.',
      })
    }
    await insertCard(transaction, signed, context.now())
    await appendEvent(context, transaction, {
      kind: 'data-card-published',
      body: { card, member, dataset, trainExamples, evaluationExamples },
    })
    return true
  })
}
