import { Refusal } from '@consort/protocol'
import {
  type AddPlainAnswers,
  type AskedCase,
  addCase,
  askedBefore,
  type CaseFile,
  createAddPlainAnswers,
  type PlainAnswer,
} from '@consort/review'
import type { Reservation } from '@consort/serving'
import type { CommitAll, GroupCommit, LateSync } from '@consort/storage'
import { appendEvent, type LogOwner } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { chargeAnswers, chargeDeferral } from './charge-asker.ts'
import type { Meter } from './meter.ts'

/** What was asked, and what was set aside for it; nothing, for the operator. */
export interface ChargedCase {
  readonly asked: AskedCase
  readonly reservation: Reservation | undefined
}

/**
 * Keeps what was asked and charges for it; others that come at the same time share its transaction. Returns what is
 * kept: something else, if the same question came in twice at the same time. Throws `state-conflict` for another
 * question under a known key.
 */
export async function keepAsked(
  asked: GroupCommit<ChargedCase, AskedCase | Refusal>,
  item: ChargedCase,
): Promise<AskedCase> {
  const kept = await asked.keep(item)
  if (kept instanceof Refusal) throw kept
  return kept
}

/** What keeping cases needs. */
export interface KeepingContext extends LogOwner {
  readonly meter: Meter
}

/** Makes what `keepAsked` shares. A question under a key that means another one is refused by itself. */
export function askedCommit(
  context: KeepingContext,
  lateSync: LateSync<AllTables>,
): CommitAll<ChargedCase, AskedCase | Refusal> {
  const addAnswers = createAddPlainAnswers()
  return items =>
    lateSync.transaction(async transaction => {
      const fresh = new Map<string, AskedCase>()
      const kept: (AskedCase | Refusal)[] = []
      for (const { asked } of items) kept.push(await keptOf(transaction, asked, fresh))
      const isNew = new Set(kept)
      const answers: ChargedAnswer[] = []
      for (const { asked, reservation } of items.filter(item => isNew.has(item.asked))) {
        if (asked.kind === 'answer') answers.push({ answer: asked.answer, reservation })
        else await keepFile(context, transaction, { file: asked.file, reservation })
      }
      if (answers.length > 0) await keepAnswers({ ...context, addAnswers }, transaction, answers)
      return kept
    })
}

type ChargedAnswer = { readonly answer: PlainAnswer } & Pick<ChargedCase, 'reservation'>
type ChargedFile = { readonly file: CaseFile } & Pick<ChargedCase, 'reservation'>

/** The item itself, what is known already under its key, or why it cannot be kept. */
async function keptOf(
  transaction: Transaction<AllTables>,
  item: AskedCase,
  fresh: Map<string, AskedCase>,
): Promise<AskedCase | Refusal> {
  const { id, askedBy, idempotencyKey, requestDigest } = item.kind === 'case' ? item.file : item.answer
  if (idempotencyKey === null || requestDigest === null || idempotencyKey === id) return item
  const place = `${askedBy} ${idempotencyKey}`
  const twin = fresh.get(place)
  if (twin && (twin.kind === 'case' ? twin.file : twin.answer).requestDigest === requestDigest) return twin
  try {
    const known = await askedBefore(transaction, { askedBy, idempotencyKey, requestDigest })
    if (known) return known
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  if (twin) {
    return new Refusal('state-conflict', 'Another case was asked under this idempotency key', {
      hint: 'Make a new key for each case, and repeat it only when the same question is sent again.',
      path: 'idempotencyKey',
    })
  }
  fresh.set(place, item)
  return item
}

async function keepFile(
  context: KeepingContext,
  transaction: Transaction<AllTables>,
  { file, reservation }: ChargedFile,
): Promise<void> {
  await addCase(transaction, file)
  const { id, agent, version, decision } = file
  const isAnswered = decision.action === 'answer'
  await appendEvent(context, transaction, {
    kind: isAnswered ? 'case-answered' : 'case-deferred',
    body: {
      case: id,
      agent,
      version,
      calibrated: decision.calibrated,
      threshold: decision.threshold,
      reason: decision.reason,
      propensity: decision.propensities[decision.action],
      guarantee: decision.guarantee,
      audit: decision.audit.propensity,
    },
  })
  if (!isAnswered) return await chargeDeferral(transaction, reservation, id)
  const isOwed = await context.meter(transaction, [{ version, case: id, by: 'agent' }])
  await chargeAnswers(transaction, [reservation], isOwed)
}

/** One entry of the log for all of them, with a digest over what each of them says. */
async function keepAnswers(
  context: KeepingContext & { readonly addAnswers: AddPlainAnswers },
  transaction: Transaction<AllTables>,
  charged: readonly ChargedAnswer[],
): Promise<void> {
  const answers = charged.map(({ answer }) => answer)
  const { first, last, digest } = await context.addAnswers(transaction, answers)
  const metered = answers.map(({ id, version }) => ({ version, case: id, by: 'agent' }) as const)
  await appendEvent(context, transaction, {
    kind: 'answers-given',
    body: { first, last, answers: answers.length, digest },
  })
  const isOwed = await context.meter(transaction, metered)
  await chargeAnswers(
    transaction,
    charged.map(({ reservation }) => reservation),
    isOwed,
  )
}
