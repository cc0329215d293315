import type { AgentView, WithdrawalReason } from '@consort/protocol'
import { auditedAnswers, type CaseFile, casesToWeigh, type Decision, lastCase } from '@consort/review'
import type { Transaction } from 'kysely'
import { appendEvent } from '../../context.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { AgentContext } from '../context.ts'
import {
  evidenceOfAll,
  findEvidence,
  keepEvidence,
  keepVersionEvidence,
  lastNumber,
  type VersionEvidence,
} from './evidence.ts'
import {
  type GuaranteeRules,
  gateOf,
  restage,
  restart,
  type WeighableLabel,
  watch,
  weigh,
} from './guarantees.ts'

type Weighing = Pick<AgentContext, 'now'> & Parameters<typeof appendEvent>[0]
type Rules = GuaranteeRules & Pick<AgentView, 'agent' | 'labelDays'>

const casesAtOnce = 500
const dayMs = 86_400_000

/**
 * Weighs the labels that have come for a version, in the order of their cases, up to the first that is still waited for; the
 * agent's promises are withdrawn if answers have gone wrong too often. To be called in the transaction that keeps a label, and
 * now and then for labels that never come. Whether anything has moved: the agent is to be read anew then.
 */
export async function weighLabels(
  context: Weighing,
  transaction: Transaction<AllTables>,
  rules: Rules,
  version: string,
): Promise<boolean> {
  const before = await findEvidence(transaction, { agent: rules.agent, version })
  if (!before) return false
  const due = { days: rules.labelDays, now: context.now() }
  const weighed = await fold(before, {
    next: nextCases(transaction),
    due,
    place: 'weighedTo',
    take: (calibrated, label) => weigh(calibrated, label, rules),
  })
  const calibrated = await fold(weighed, {
    next: nextAudits(transaction),
    due,
    place: 'watchedTo',
    take: watch,
  })
  if (calibrated === before) return false
  if (calibrated.errorWatch.hasFired) {
    await withdraw(context, transaction, { rules, reason: 'drift' })
    return true
  }
  await keepEvidence(transaction, calibrated)
  await recordMoves(context, transaction, before, calibrated)
  return true
}

type NextCases = (calibrated: VersionEvidence) => Promise<CaseFile[]>

/** Takes in labels of the standing's own guarantee, one case after the other. */
async function fold(
  start: VersionEvidence,
  {
    next,
    due,
    place,
    take,
  }: {
    next: NextCases
    due: { days: number; now: Date }
    place: 'weighedTo' | 'watchedTo'
    take: (calibrated: VersionEvidence, label: WeighableLabel) => VersionEvidence
  },
): Promise<VersionEvidence> {
  let calibrated = start
  for (;;) {
    const cases = await next(calibrated)
    for (const file of cases) {
      const isOurs = file.decision.guarantee === calibrated.number
      const label = isOurs ? labelOf(file, due) : undefined
      if (label === 'awaited') return calibrated
      calibrated = { ...calibrated, [place]: file.id }
      if (label) calibrated = take(calibrated, label)
    }
    if (cases.length < casesAtOnce) return calibrated
  }
}

/**
 * Ends all promises of an agent, in a transaction: what has changed for one of its versions has changed for the other. Others start;
 * whoever calls has the agent read anew afterwards.
 */
export async function withdraw(
  context: Weighing,
  transaction: Transaction<AllTables>,
  { rules, reason }: { rules: Pick<Rules, 'agent' | 'alpha'>; reason: WithdrawalReason },
): Promise<void> {
  const { agent } = rules
  const at = context.now().toISOString()
  let number = await lastNumber(transaction, agent)
  for (const calibrated of await evidenceOfAll(transaction, agent)) {
    number += 1
    const last = await lastCase(transaction, agent)
    await keepVersionEvidence(transaction, restart(calibrated, rules, { reason, at, number, lastCase: last }))
    const { version } = calibrated
    const { labels } = calibrated.guarantee.evidence
    await appendEvent(context, transaction, {
      kind: 'guarantee-withdrawn',
      body: { agent, version, number: calibrated.number, reason, labels, next: number },
    })
  }
}

/** Weighs all labels again for the next stage of the policy. */
export async function enterStage(
  context: Weighing,
  transaction: Transaction<AllTables>,
  calibrated: VersionEvidence,
  { rules, stage }: { rules: Rules; stage: number },
): Promise<void> {
  const labels: WeighableLabel[] = []
  const upTo = calibrated.weighedTo ?? ''
  await fold(
    { ...calibrated, weighedTo: null },
    {
      next: async one => (await nextCases(transaction)(one)).filter(({ id }) => id <= upTo),
      due: { days: rules.labelDays, now: context.now() },
      place: 'weighedTo',
      take(one, label) {
        labels.push(label)
        return one
      },
    },
  )
  const next = restage(calibrated, rules, { stage, labels })
  await keepEvidence(transaction, next)
  const { agent, version, number } = calibrated
  const gate = gateOf(next)
  await appendEvent(context, transaction, {
    kind: 'policy-stage',
    body: { agent, version, number, stage, gate },
  })
}

const nextCases =
  (transaction: Transaction<AllTables>): NextCases =>
  ({ agent, version, weighedTo }) =>
    casesToWeigh(transaction, { agent, version, after: weighedTo, limit: casesAtOnce })

const nextAudits =
  (transaction: Transaction<AllTables>): NextCases =>
  ({ agent, version, watchedTo }) =>
    auditedAnswers(transaction, { agent, version, after: watchedTo, limit: casesAtOnce })

/**
 * What the label of a case says of the agent's answer. One that has not come in time counts as wrong, and so does that of a case that
 * was taken back: who takes cases back may well know why. A label that comes later still changes nothing.
 */
export function labelOf(
  {
    decision,
    asked,
    state,
  }: Pick<CaseFile, 'asked' | 'state'> & {
    readonly decision: Pick<Decision, 'class' | 'confidence' | 'audit'>
  },
  { days, now }: { days: number; now: Date },
): WeighableLabel | 'awaited' {
  const due = Date.parse(asked) + days * dayMs
  const isLabelled = state.kind === 'closed' && Date.parse(state.final.at) <= due
  if (!isLabelled && state.kind !== 'cancelled' && now.getTime() <= due) return 'awaited'
  const { confidence, audit } = decision
  return {
    confidence,
    class: decision.class,
    isWrong: !isLabelled || state.final.class !== decision.class,
    propensity: audit.propensity,
    propensityLeast: audit.propensityLeast,
  }
}

async function recordMoves(
  context: Weighing,
  transaction: Transaction<AllTables>,
  before: VersionEvidence,
  after: VersionEvidence,
): Promise<void> {
  const [was, is] = [gateOf(before), gateOf(after)]
  const thresholdOf = (gate: typeof was) => (gate.kind === 'open' ? gate.threshold : null)
  if (thresholdOf(was) === thresholdOf(is)) return
  const { agent, version, number } = after
  const body = { agent, version, number, threshold: thresholdOf(is), labels: is.labels }
  await appendEvent(context, transaction, { kind: 'gate-moved', body })
}
