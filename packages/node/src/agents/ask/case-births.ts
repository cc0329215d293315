import { type CaseRole, createCaseRoles } from '@consort/agents'
import { createOrderedIds, type Entropy, type Id } from '@consort/protocol'

/** What is settled of a case when its question comes in. */
export interface CaseBirths {
  readonly nextId: () => Id<'case'>
  /** The time, as cases name it. */
  readonly at: () => string
  /** What the label of a record is used for, fixed by a keyed hash of its canonical JSON. */
  readonly roleOf: (record: string) => CaseRole
}

const caseRoleShares = { train: 0.6, calibrate: 0.2, test: 0.2 }

/** Makes ids that grow with time, and roles by a key that stays at the node. */
export function createCaseBirths({
  entropy,
  now,
  splitKey,
}: {
  entropy: Entropy
  now: () => Date
  splitKey: Uint8Array
}): CaseBirths {
  return {
    nextId: createOrderedIds('case', { entropy, nowMs: () => now().getTime() }),
    at: () => now().toISOString(),
    roleOf: createCaseRoles({ key: splitKey, shares: caseRoleShares }),
  }
}
