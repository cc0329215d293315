import { type CalibratedVersion, type PartnerGate, type PartnerRules, partnerGateOf } from '@consort/agents'
import { advisedCases, type ReviewReader } from '@consort/review'

/** Works out the gates of partners' answers, by partner, from the cases of the agent's current guarantee. */
export async function partnerGates(
  database: ReviewReader,
  calibrated: CalibratedVersion,
  rules: PartnerRules,
  now: Date,
): Promise<ReadonlyMap<string, PartnerGate>> {
  const advised = (await advisedCases(database, calibrated)).filter(
    ({ decision }) => decision.guarantee === calibrated.number,
  )
  const byPartner = Map.groupBy(advised, ({ advice }) => advice.partner)
  return new Map(
    [...byPartner].map(([partner, cases]) => [partner, partnerGateOf(cases, { calibrated, rules, now })]),
  )
}
