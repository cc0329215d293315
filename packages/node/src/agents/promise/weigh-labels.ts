import {
  type GuaranteeRules,
  gateViewOf,
  labelOf,
  restage,
  restart,
  type VersionEvidence,
  type WeighableLabel,
  watch,
  weigh,
} from '@consort/agents'
import type { AgentView, Id, WithdrawalReason } from '@consort/protocol'
import { auditedAnswers, type CaseFile, casesToWeigh, lastCase } from '@consort/review'
import { appendEvent, type LogOwner } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import {
  evidenceOfAll,
  findEvidence,
  keepEvidence,
  keepVersionEvidence,
  lastNumber,
} from './evidence-store.ts'

type Rules = GuaranteeRules & Pick<AgentView, 'agent' | 'labelDays'>

const casesAtOnce = 500

/**
 * Weighs the labels that have come for a version, in the order of their cases, up to the first that is still waited
 * for; the agent's promises are withdrawn if answers have gone wrong too often. To be called in the transaction that
 * keeps a label, and now and then for labels that never come. Returns true when something has moved: the agent is to be
 * read anew then.
 */
export async function weighLabels(
  context: LogOwner,
  transaction: Transaction<AllTables>,
  rules: Rules,
  version: Id<'version'>,
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

/** Takes in labels of the evidence's own guarantee, one case after the other. */
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
 * Ends all promises of an agent, in a transaction: what has changed for one of its versions has changed for the other.
 * Others start; whoever calls has the agent read anew afterwards.
 */
export async function withdraw(
  context: LogOwner,
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
  context: LogOwner,
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
  const gate = gateViewOf(next)
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

async function recordMoves(
  context: LogOwner,
  transaction: Transaction<AllTables>,
  before: VersionEvidence,
  after: VersionEvidence,
): Promise<void> {
  const [was, is] = [gateViewOf(before), gateViewOf(after)]
  const thresholdOf = (gate: typeof was) => (gate.kind === 'open' ? gate.threshold : null)
  if (thresholdOf(was) === thresholdOf(is)) return
  const { agent, version, number } = after
  const body = { agent, version, number, threshold: thresholdOf(is), labels: is.labels }
  await appendEvent(context, transaction, { kind: 'gate-moved', body })
}
