import type { Entropy } from '@consort/protocol'
import { type CaseFile, caseView } from '@consort/review'
import { postWebhook, readAccessHolder } from '@consort/serving'
import type { Transaction } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { roundedView } from './disclosed-view.ts'

/** Puts the news of a case into the outbox, where its caller named a webhook, in the transaction that makes them. */
export async function postAnswer(
  { now, entropy }: { readonly now: () => Date; readonly entropy: Entropy },
  transaction: Transaction<AllTables>,
  file: CaseFile,
): Promise<void> {
  const { webhook, askedBy } = file
  if (webhook === null || askedBy === 'operator') return // the operator can name none
  const at = now()
  const { limits } = await readAccessHolder(transaction, { id: askedBy })
  const data = roundedView(caseView(file), limits.decimals)
  const body = JSON.stringify({ type: 'case.answered', timestamp: at.toISOString(), data })
  await postWebhook(transaction, { key: askedBy, url: webhook, body }, { entropy, now: at })
}
