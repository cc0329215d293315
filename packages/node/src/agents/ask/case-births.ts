import { type CaseRole, createCaseRoles } from '@consort/agents'
import { createOrderedIds, type Entropy, type Id } from '@consort/protocol'
import { lastAsked, laterOf } from '@consort/review'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { lastWeighed } from '../promise/evidence-store.ts'

/** What is settled of a case when its question comes in. */
export interface CaseBirths {
  readonly nextId: () => Id<'case'>
  /** The time, as cases name it. */
  readonly at: () => string
  /** What the label of a record is used for, fixed by a keyed hash of its canonical JSON. */
  readonly roleOf: (record: string) => CaseRole
}

const caseRoleShares = { train: 0.6, calibrate: 0.2, test: 0.2 }

/**
 * Makes ids that grow with time, and roles by a key that stays at the node. Labels are weighed in the order of the ids,
 * each after the last: so a new one comes after all that this node ever kept, though the clock was set back meanwhile.
 */
export async function openCaseBirths({
  database,
  entropy,
  now,
  splitKey,
}: {
  database: Kysely<AllTables>
  entropy: Entropy
  now: () => Date
  splitKey: Uint8Array
}): Promise<CaseBirths> {
  const after = laterOf(await lastAsked(database), await lastWeighed(database))
  return {
    nextId: createOrderedIds('case', { entropy, nowMs: () => now().getTime(), after }),
    at: () => now().toISOString(),
    roleOf: createCaseRoles({ key: splitKey, shares: caseRoleShares }),
  }
}
