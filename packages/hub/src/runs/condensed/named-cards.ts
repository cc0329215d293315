import type { Id } from '@consort/protocol'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import { cardsWithTasks } from '../tasks/task-store.ts'
import { cardsTrainedOn } from './condensed-run-store.ts'

/** Of these cards, those that a task is about, and those that a condensed run was trained on. */
export async function namedCards(
  transaction: HubTransaction,
  cards: readonly Id<'card'>[],
): Promise<ReadonlySet<Id<'card'>>> {
  const [present, past] = [await cardsWithTasks(transaction, cards), await cardsTrainedOn(transaction, cards)]
  return new Set([...present, ...past])
}
