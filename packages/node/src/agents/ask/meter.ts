import type { Transaction } from 'kysely'
import type { MeteredAnswer } from '../../settlement/usage.ts'
import type { AllTables } from '../../tables/agent-tables.ts'

/** Meters answers, in the transaction that gives them. It resolves to true when something is owed for them. */
export type Meter = (
  transaction: Transaction<AllTables>,
  answers: readonly MeteredAnswer[],
) => Promise<boolean>
