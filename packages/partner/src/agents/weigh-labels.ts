import type { AgentView, WithdrawalReason } from '@consort/protocol'
import { type CaseFile, casesToWeigh, lastCase } from '@consort/review'
import type { Transaction } from 'kysely'
import { record } from '../context.ts'
import type { AgentContext } from './context.ts'
import { type GuaranteeRules, gateOf, restage, restart, type WeighableLabel, weigh } from './guarantees.ts'
import { findStanding, keepEvidence, keepStanding, lastNumber, type WholeStanding } from './standing.ts'
import type { AllTables } from './tables.ts'

type Weighing = Pick<AgentContext, 'now'> & Parameters<typeof record>[0]
type Rules = GuaranteeRules & Pick<AgentView, 'agent' | 'labelDays'>

const casesAtOnce = 500
const dayMs = 86_400_000

/**
 * Weighs the labels that have come for a version, in the order of their cases, up to the first that is still waited for; the
 * promise is withdrawn if answers have gone wrong too often. To be called in the transaction that keeps a label, and now and
 * then for labels that never come. Whether the gate has moved.
 */
export async function weighLabels(
  context: Weighing,
  transaction: Transaction<AllTables>,
  rules: Rules,
  version: string,
): Promise<boolean> {
  const before = await findStanding(transaction, { agent: rules.agent, version })
  if (!before) return false
  let standing = before
  for (let isMore = true; isMore; ) {
    const cases = await nextCases(transaction, standing)
    isMore = cases.length === casesAtOnce
    for (const file of cases) {
      const label = labelOf(file, { days: rules.labelDays, now: context.now() })
      const isOurs = file.decision.guarantee === standing.number
      if (isOurs && label === 'awaited') {
        isMore = false
        break
      }
      standing = { ...standing, weighedTo: file.id }
      if (isOurs && label !== 'awaited') standing = weigh(standing, label, rules)
    }
  }
  if (standing === before) return false
  if (standing.errorWatch.hasFired) {
    await withdraw(context, transaction, standing, { rules, reason: 'drift' })
    return true
  }
  await keepEvidence(transaction, standing)
  return await recordMoves(context, transaction, before, standing)
}

/** Ends a version's promise and starts another, in a transaction; whoever calls has the agent read anew afterwards. */
export async function withdraw(
  context: Weighing,
  transaction: Transaction<AllTables>,
  standing: WholeStanding,
  { rules, reason }: { rules: Rules; reason: WithdrawalReason },
): Promise<void> {
  const { agent, version } = standing
  const next = restart(standing, rules, {
    reason,
    at: context.now().toISOString(),
    number: (await lastNumber(transaction, agent)) + 1,
    weighedTo: await lastCase(transaction, agent),
  })
  await keepStanding(transaction, next)
  const { labels } = standing.guarantee.evidence
  await record(context, transaction, {
    kind: 'guarantee-withdrawn',
    body: { agent, version, number: standing.number, reason, labels, next: next.number },
  })
}

/** Weighs all labels again for the next stage of the policy. */
export async function enterStage(
  context: Weighing,
  transaction: Transaction<AllTables>,
  standing: WholeStanding,
  { rules, stage }: { rules: Rules; stage: number },
): Promise<void> {
  const labels: WeighableLabel[] = []
  let place: string | null = null
  while (standing.weighedTo !== null) {
    const cases = await nextCases(transaction, { ...standing, weighedTo: place })
    for (const file of cases) {
      place = file.id
      if (file.id > standing.weighedTo) break
      const label = labelOf(file, { days: rules.labelDays, now: context.now() })
      if (label !== 'awaited' && file.decision.guarantee === standing.number) labels.push(label)
    }
    if (cases.length < casesAtOnce || place === null || place > standing.weighedTo) break
  }
  const next = restage(standing, rules, { stage, labels })
  await keepEvidence(transaction, next)
  const { agent, version, number } = standing
  const gate = gateOf(next)
  await record(context, transaction, { kind: 'policy-stage', body: { agent, version, number, stage, gate } })
}

function nextCases(transaction: Transaction<AllTables>, { agent, version, weighedTo }: WholeStanding) {
  return casesToWeigh(transaction, { agent, version, after: weighedTo, limit: casesAtOnce })
}

/**
 * What the label of a case says of the agent's answer. One that has not come in time counts as wrong, and so does that of a case that
 * was taken back: who takes cases back may well know why. A label that comes later still changes nothing.
 */
export function labelOf(
  { decision, asked, state }: CaseFile,
  { days, now }: { days: number; now: Date },
): WeighableLabel | 'awaited' {
  const due = Date.parse(asked) + days * dayMs
  const isLabelled = state.kind === 'closed' && Date.parse(state.final.at) <= due
  if (!isLabelled && state.kind !== 'cancelled' && now.getTime() <= due) return 'awaited'
  const { confidence, audit, action } = decision
  return {
    confidence,
    class: decision.class,
    isWrong: !isLabelled || state.final.class !== decision.class,
    propensity: audit.propensity,
    propensityLeast: audit.propensityLeast,
    isAnswered: action === 'answer',
  }
}

async function recordMoves(
  context: Weighing,
  transaction: Transaction<AllTables>,
  before: WholeStanding,
  after: WholeStanding,
): Promise<boolean> {
  const [was, is] = [gateOf(before), gateOf(after)]
  const thresholdOf = (gate: typeof was) => (gate.kind === 'open' ? gate.threshold : null)
  if (thresholdOf(was) === thresholdOf(is)) return false
  const { agent, version, number } = after
  const body = { agent, version, number, threshold: thresholdOf(is), labels: is.labels }
  await record(context, transaction, { kind: 'gate-moved', body })
  return true
}
