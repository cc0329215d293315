import { type AnswerGate, chooseAmong, leastDeferred, mayPassOn } from '@consort/agents'
import { type Entropy, type Id, type Recipe, uniformFrom } from '@consort/protocol'
import { type Advice, type CaseFile, keepAdvice, readCase } from '@consort/review'
import { appendEvent, type LogOwner } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import { createBackgroundWork } from '../../concurrency/background-work.ts'
import type { Consulted } from '../../consultation/consulted.ts'
import type { Consultations } from '../../consultation/open-consultations.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { ServingAgent, ServingAgents } from '../registry/serving-agents.ts'
import { chargeDeferred } from './charge-asker.ts'
import type { Meter } from './meter.ts'
import { postAnswer } from './post-answer.ts'

/** Asks partners' agents about cases that this node's agent has deferred. */
export interface Consultant {
  /** Nobody waits for this: the case is deferred and kept, whatever comes of it. */
  take(file: CaseFile, agent: ServingAgent): void
  /** Tells how good a partner's answer was, once a person has closed the case. */
  hear(file: CaseFile): void
  drained(): Promise<void>
}

/** What asking partners needs. */
export interface ConsultantContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly consultations: Pick<Consultations, 'ruleFor' | 'consult' | 'feedback'>
  readonly agents: Pick<ServingAgents, 'of'>
  readonly entropy: Entropy
  readonly log: Pick<Logger, 'warn'>
  /** Aborted when the node closes: nobody waits for partners any more. */
  readonly closing: AbortSignal
  /** Tells whoever waits for a case that there is news of it, and delivers what was put into the outbox. */
  readonly announce: (askedCase: Id<'case'>) => void
  readonly meter: Meter
}

/** Cases that are asked about at the same time: others stay deferred. */
const atOnceMax = 32

/** Makes what asks partners, behind the answers. */
export function createConsultant(context: ConsultantContext): Consultant {
  const work = createBackgroundWork(error =>
    context.log.warn({ error: String(error) }, 'consultation-not-kept'),
  )
  return {
    take(file, agent) {
      const { action, propensities } = file.decision
      // A challenger's deferrals are others than those that the partners' gates were fitted on.
      if (action !== 'defer' || file.version !== agent.calibrated.version) return
      if (propensities.defer < leastDeferred(agent.view)) return
      if (work.count() >= atOnceMax) return
      const rule = context.consultations.ruleFor(file.agent)
      if (rule) work.start(consultAbout(context, file, { agent, trialShare: rule.trialShare }))
    },
    hear({ advice, state }) {
      if (advice === null || state.kind !== 'closed') return
      const { partner, class: said } = advice
      work.start(context.consultations.feedback({ partner, wasRight: said === state.final.class }))
    },
    drained: work.drained,
  }
}

async function consultAbout(
  context: ConsultantContext,
  file: CaseFile,
  { agent, trialShare }: { agent: ServingAgent; trialShare: number },
): Promise<void> {
  const uniform = uniformFrom(context.entropy)
  const chance = chanceOf(agent, trialShare)
  if (uniform() >= chance) return
  const consulted = await context.consultations.consult({
    agent: file.agent,
    record: file.record,
    classes: classesOf(agent.recipe),
    uniform,
    signal: context.closing,
  })
  if (consulted === null) return
  // A consultation takes its time: what counts is what the agent stands on when the answer is there.
  const { calibrated, partners } = await context.agents.of(file.agent)
  const isSame = calibrated.number === file.decision.guarantee && calibrated.version === file.version
  const gate: AnswerGate = (isSame && partners.get(consulted.partner)?.gate) || { kind: 'closed' }
  const told = await context.database
    .transaction()
    .execute(transaction => keepSaid(context, transaction, { id: file.id, gate, consulted, chance }))
  if (!told) return
  context.announce(file.id)
}

/**
 * The probability that a partner is asked, A(a) ∝ exp(−β · sₐ) between asking one and asking a person at once; it does
 * not depend on the case, so that those that are asked about are like all that are deferred.
 */
function chanceOf({ view, partners }: ServingAgent, trialShare: number): number {
  const open = [...partners.values()].filter(({ gate }) => gate.kind === 'open')
  if (open.length === 0) return trialShare
  const passes = open.reduce((sum, one) => sum + one.passes, 0) / open.length
  const { propensities } = chooseAmong(0, {
    gate: { kind: 'closed' },
    costs: view.costs,
    beta: view.beta ?? Number.POSITIVE_INFINITY,
    consults: [
      {
        partner: 'any',
        gate: { kind: 'open', threshold: 0 },
        passes,
        risk: view.alpha,
        price: 0,
        waiting: 0,
      },
    ],
    uniform: 0,
  })
  return Math.max(trialShare, propensities.consult.any ?? 0)
}

/**
 * Keeps what a partner's agent said, and tells the caller if the gate for its answers lets it through and nobody has
 * answered meanwhile. Cases of the role calibrate go to a person all the same: that is how the gate learns. Returns
 * true when its caller was told.
 */
async function keepSaid(
  context: ConsultantContext,
  transaction: Transaction<AllTables>,
  {
    id,
    gate,
    consulted,
    chance,
  }: { id: CaseFile['id']; gate: AnswerGate; consulted: Consulted; chance: number },
): Promise<boolean> {
  const file = await readCase(transaction, id)
  if (file.state.kind === 'cancelled' || file.state.kind === 'closed') return false
  const wasWaiting = file.state.kind === 'waiting'
  const isTold = wasWaiting && mayPassOn(consulted, gate)
  const { partner, class: said, confidence, version } = consulted
  const advice: Advice = {
    consultation: consulted.id,
    partner,
    class: said,
    confidence,
    version,
    propensity: chance * consulted.propensity,
    at: context.now().toISOString(),
    wasWaiting,
    isTold,
    threshold: gate.kind === 'open' ? gate.threshold : null,
  }
  const advised: CaseFile = { ...file, advice, revision: file.revision + (isTold ? 1 : 0) }
  await keepAdvice(transaction, advised, { isAudited: file.role === 'calibrate' })
  const { consultation, propensity, threshold } = advice
  await appendEvent(context, transaction, {
    kind: isTold ? 'case-passed-on' : 'case-advised',
    body: { case: file.id, agent: file.agent, consultation, partner, version, propensity, threshold },
  })
  if (!isTold) return false
  // The partner names its version, and may name any: what is owed is owed for the agent's own.
  const metered = { version: file.version, case: file.id, by: 'agent' } as const
  const isOwed = await context.meter(transaction, [metered])
  await chargeDeferred(transaction, file.id, isOwed)
  await postAnswer(context, transaction, advised)
  return true
}

function classesOf({ task }: Recipe): readonly string[] {
  return task.kind === 'classification' ? task.classes : []
}
