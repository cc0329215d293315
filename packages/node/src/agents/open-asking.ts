import { createGroupCommit, type OnFailedSync, openLateSync } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { AllTables } from '../tables/agent-tables.ts'
import { type AskQuestions, createAskQuestions, type QuestionsContext } from './ask/ask-questions.ts'
import { openCaseBirths } from './ask/case-births.ts'
import { type Charging, type ChargingContext, createCharging } from './ask/charge-asker.ts'
import { type Consultant, type ConsultantContext, createConsultant } from './ask/consult-case.ts'
import { createDecideTogether } from './ask/decide-together.ts'
import { askedCommit } from './ask/keep-asked.ts'
import type { Predictors } from './versions/predictors.ts'

/** What answering questions is built from. */
type AskingParts = ChargingContext &
  Omit<ConsultantContext, 'closing'> &
  Pick<QuestionsContext, 'mayAnswer' | 'populations' | 'questions'> & {
    readonly database: Kysely<AllTables>
    readonly onFailedSync: OnFailedSync
    readonly predictors: Pick<Predictors, 'use'>
    readonly splitKey: Uint8Array
    readonly closing: AbortController
  }

/** Builds what answers questions, charges for them and asks partners. Everything is kept before the stack ends. */
export async function openAsking(
  stack: AsyncDisposableStack,
  parts: AskingParts,
): Promise<{ ask: AskQuestions; charging: Charging; consultant: Consultant }> {
  const { database, onFailedSync, reservations, closing } = parts
  const asked = createGroupCommit(askedCommit(parts, stack.use(openLateSync(database, { onFailedSync }))), {
    itemsMax: askedAtOnceMax,
    groupsMax: 3,
  })
  stack.defer(async () => {
    await reservations.drained()
    await asked.drained()
  })
  const consultant = createConsultant({ ...parts, closing: closing.signal })
  stack.defer(async () => {
    closing.abort() // nobody waits for partners any more
    await consultant.drained()
  })
  const charging = createCharging(parts)
  const ask = createAskQuestions({
    ...parts,
    charging,
    decide: createDecideTogether(parts),
    births: await openCaseBirths(parts),
    asked,
    consultant,
  })
  return { ask, charging, consultant }
}

/**
 * Writing a group holds the event loop up, and so do the answers that go out when it is on disk: for some milliseconds.
 */
const askedAtOnceMax = 32
