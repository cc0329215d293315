import {
  type CalibratedVersion,
  type GuaranteeRules,
  type StartOfEvidence,
  startVersionEvidence,
  type VersionEvidence,
} from '@consort/agents'
import type { Id } from '@consort/protocol'
import { lastCase } from '@consort/review'
import type { Transaction } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { evidenceOfAll, lastNumber } from './evidence-store.ts'

/**
 * Starts the evidence of a version when an agent comes to serve it or to try it out, to be kept in this transaction.
 * When the agent's cases were last found to be no longer like its held-out records, and these are still the same, no
 * promise starts with them again, however often the agent is put. Other records, registered since, may be like the
 * cases.
 */
export async function newEvidence(
  transaction: Transaction<AllTables>,
  { calibration, rules }: { calibration: StartOfEvidence; rules: GuaranteeRules },
  birth: { agent: string; version: Id<'version'>; at: string; after: CalibratedVersion['after'] },
): Promise<VersionEvidence> {
  const { agent } = birth
  return startVersionEvidence(calibration, rules, {
    ...birth,
    number: (await lastNumber(transaction, agent)) + 1,
    after: (await lastChange(transaction, agent, calibration)) ?? birth.after,
    lastCase: await lastCase(transaction, agent),
  })
}

async function lastChange(
  transaction: Transaction<AllTables>,
  agent: string,
  { calibration: { source } }: StartOfEvidence,
): Promise<CalibratedVersion['after']> {
  const changed = (await evidenceOfAll(transaction, agent)).filter(
    ({ after, calibration }) =>
      (after?.reason === 'drift' || after?.reason === 'new-population') && calibration.source === source,
  )
  return changed.map(({ after }) => after!).sort((a, b) => (a.at < b.at ? 1 : -1))[0] ?? null
}
