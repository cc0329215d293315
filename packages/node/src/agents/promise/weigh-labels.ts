import type { AgentView, WithdrawalReason } from '@consort/protocol'
import { auditedAnswers, type CaseFile, casesToWeigh, type Decision, lastCase } from '@consort/review'
import type { Transaction } from 'kysely'
import { record } from '../../context.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { AgentContext } from '../context.ts'
import {
  type GuaranteeRules,
  gateOf,
  restage,
  restart,
  type WeighableLabel,
  watch,
  weigh,
} from './guarantees.ts'
import {
  findStanding,
  keepEvidence,
  keepStanding,
  lastNumber,
  standingsOf,
  type WholeStanding,
} from './standing.ts'

type Weighing = Pick<AgentContext, 'now'> & Parameters<typeof record>[0]
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
  const before = await findStanding(transaction, { agent: rules.agent, version })
  if (!before) return false
  const due = { days: rules.labelDays, now: context.now() }
  const weighed = await fold(before, {
    next: nextCases(transaction),
    due,
    place: 'weighedTo',
    take: (standing, label) => weigh(standing, label, rules),
  })
  const standing = await fold(weighed, {
    next: nextAudits(transaction),
    due,
    place: 'watchedTo',
    take: watch,
  })
  if (standing === before) return false
  if (standing.errorWatch.hasFired) {
    await withdraw(context, transaction, { rules, reason: 'drift' })
    return true
  }
  await keepEvidence(transaction, standing)
  await recordMoves(context, transaction, before, standing)
  return true
}

type NextCases = (standing: WholeStanding) => Promise<CaseFile[]>

/** Takes in labels of the standing's own guarantee, one case after the other. */
async function fold(
  start: WholeStanding,
  {
    next,
    due,
    place,
    take,
  }: {
    next: NextCases
    due: { days: number; now: Date }
    place: 'weighedTo' | 'watchedTo'
    take: (standing: WholeStanding, label: WeighableLabel) => WholeStanding
  },
): Promise<WholeStanding> {
  let standing = start
  for (;;) {
    const cases = await next(standing)
    for (const file of cases) {
      const isOurs = file.decision.guarantee === standing.number
      const label = isOurs ? labelOf(file, due) : undefined
      if (label === 'awaited') return standing
      standing = { ...standing, [place]: file.id }
      if (label) standing = take(standing, label)
    }
    if (cases.length < casesAtOnce) return standing
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
  for (const standing of await standingsOf(transaction, agent)) {
    number += 1
    const last = await lastCase(transaction, agent)
    await keepStanding(transaction, restart(standing, rules, { reason, at, number, lastCase: last }))
    const { version } = standing
    const { labels } = standing.guarantee.evidence
    await record(context, transaction, {
      kind: 'guarantee-withdrawn',
      body: { agent, version, number: standing.number, reason, labels, next: number },
    })
  }
}

/** Weighs all labels again for the next stage of the policy. */
export async function enterStage(
  context: Weighing,
  transaction: Transaction<AllTables>,
  standing: WholeStanding,
  { rules, stage }: { rules: Rules; stage: number },
): Promise<void> {
  const labels: WeighableLabel[] = []
  const upTo = standing.weighedTo ?? ''
  await fold(
    { ...standing, weighedTo: null },
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
  const next = restage(standing, rules, { stage, labels })
  await keepEvidence(transaction, next)
  const { agent, version, number } = standing
  const gate = gateOf(next)
  await record(context, transaction, { kind: 'policy-stage', body: { agent, version, number, stage, gate } })
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
  before: WholeStanding,
  after: WholeStanding,
): Promise<void> {
  const [was, is] = [gateOf(before), gateOf(after)]
  const thresholdOf = (gate: typeof was) => (gate.kind === 'open' ? gate.threshold : null)
  if (thresholdOf(was) === thresholdOf(is)) return
  const { agent, version, number } = after
  const body = { agent, version, number, threshold: thresholdOf(is), labels: is.labels }
  await record(context, transaction, { kind: 'gate-moved', body })
}
