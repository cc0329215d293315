import { createCaseRoles } from '@consort/agents'
import { type CaseRecord, canonicalJson, type Digest, digestOfBytes } from '@consort/protocol'
import type { AskedCase, CaseFile, Decision, PlainAnswer } from '@consort/review'
import { askerOf, type KnownCaller } from '../../caller.ts'
import type { AgentContext } from '../context.ts'
import type { ServingAgent } from '../registry/agent-book.ts'
import { checkMayAnswer } from '../registry/may-answer.ts'
import { checkMayAsk } from '../registry/may-ask.ts'
import { type Charged, withReservation } from './charge-asker.ts'
import { decideTogether } from './decide-together.ts'
import { disclosedDecision } from './disclosed-view.ts'
import { keepAsked } from './keep-asked.ts'

/** One record that an agent is asked about. */
export interface Question {
  /** As the pipeline of training encodes it. */
  readonly input: Float32Array
  /** What is kept if a person looks at it: what the model looks at, and nothing else. */
  readonly record: () => CaseRecord | Promise<CaseRecord>
  /** Tells a repetition from another question; null where the caller gave no key. */
  readonly asking: { readonly idempotencyKey: string; readonly requestDigest: Digest } | null
  readonly webhook: string | null
}

/** What became of a question, and what the agent thought of it, as far as its caller may know. */
export interface Outcome {
  readonly asked: AskedCase
  readonly decision: Decision
}

/** What labels of cases are used for, fixed at birth by a keyed hash of the record. */
export const caseRoleShares = { train: 0.6, calibrate: 0.2, test: 0.2 }

/**
 * Answers questions or defers them to a person; all of them are kept before anyone hears of it. Where a question was asked
 * before under its key, the outcome is that of the first time. Throws `agreement-refused`, `value-invalid` and, for another
 * question under a known key, `state-conflict`; `not-found` and `budget-spent` where the caller's key does not suffice, before
 * a model has seen anything.
 */
export async function askQuestions(
  context: AgentContext,
  agent: ServingAgent,
  { caller, questions }: { caller: KnownCaller; questions: readonly Question[] },
): Promise<Outcome[]> {
  await checkMayAnswer(context)
  checkMayAsk(caller, agent.view.agent)
  return await withReservation(context, { caller, queries: questions.length }, async reservation => {
    const decided = await decideTogether(
      context,
      agent,
      questions.map(({ input }) => input),
    )
    const askedBy = askerOf(caller)
    const keeping = questions.map(async (question, index): Promise<Charged<Outcome>> => {
      const { calibrated, decision } = decided[index]!
      const { version } = calibrated
      const birth: Birth = {
        id: context.nextCaseId(),
        agent: agent.view.agent,
        version,
        askedBy,
        asked: context.now().toISOString(),
      }
      const isPlain = decision.action === 'answer' && !decision.audit.isAudited
      const asked: AskedCase = isPlain
        ? { kind: 'answer', answer: plainAnswer(birth, question, decision) }
        : { kind: 'case', file: await caseFile(context, birth, { question, decision, agent }) }
      const kept = await keepAsked(context, { asked, reservation })
      if (kept === asked) {
        context.populations.see({ rules: agent.view, calibrated, confidence: decision.confidence })
        if (kept.kind === 'case') context.consultant.take(kept.file, agent)
      }
      const { action, reason } = decision
      context.metrics.questions.add({ agent: agent.view.agent, version, decision: action, reason })
      return {
        value: { asked: kept, decision: disclosedDecision(decision, caller) },
        isCharged: kept === asked,
      }
    })
    return await Promise.allSettled(keeping)
  })
}

type Birth = Pick<CaseFile, 'id' | 'agent' | 'version' | 'askedBy' | 'asked'>

function plainAnswer(birth: Birth, { asking }: Question, decision: Decision): PlainAnswer {
  const { reason, class: said, confidence, threshold, calibrated, guarantee } = decision
  const { propensities, audit, rival } = decision
  return {
    ...birth,
    idempotencyKey: asking?.idempotencyKey ?? null,
    requestDigest: asking?.requestDigest ?? null,
    decision: {
      reason,
      class: said,
      confidence,
      threshold,
      calibrated,
      guarantee,
      propensities,
      audit,
      rival,
    },
  }
}

async function caseFile(
  { splitKey }: AgentContext,
  birth: Birth,
  { question, decision, agent }: { question: Question; decision: Decision; agent: ServingAgent },
): Promise<CaseFile> {
  const record = await question.record()
  const roleOf = createCaseRoles({ key: splitKey, shares: caseRoleShares })
  // Without a key nothing can be repeated: its own id is a key that nobody else has.
  const asking = question.asking ?? {
    idempotencyKey: birth.id,
    requestDigest: digestOfBytes(Buffer.from(birth.id)),
  }
  return {
    ...birth,
    ...asking,
    dataset: agent.view.dataset,
    record,
    webhook: question.webhook,
    role: roleOf(canonicalJson(record)),
    decision,
    advice: null,
    revision: 1,
    state: { kind: 'waiting' },
  }
}
