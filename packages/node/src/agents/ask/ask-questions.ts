import { type CaseRecord, canonicalJson, type Digest, digestOfBytes, type Refusal } from '@consort/protocol'
import type { AskedCase, CaseFile, Decision, PlainAnswer } from '@consort/review'
import type { Counter } from '@consort/serving'
import type { GroupCommit } from '@consort/storage'
import { askerOf, type KnownCaller } from '../../caller.ts'
import type { Populations } from '../promise/populations.ts'
import type { MayAnswer } from '../registry/may-answer.ts'
import { checkMayAsk } from '../registry/may-ask.ts'
import type { ServingAgent } from '../registry/serving-agents.ts'
import type { CaseBirths } from './case-births.ts'
import type { Charged, Charging } from './charge-asker.ts'
import type { Consultant } from './consult-case.ts'
import type { DecideTogether } from './decide-together.ts'
import { disclosedDecision } from './disclosed-view.ts'
import { type ChargedCase, keepAsked } from './keep-asked.ts'

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

/** What answering questions needs. */
export interface QuestionsContext {
  readonly mayAnswer: Pick<MayAnswer, 'check'>
  readonly charging: Charging
  readonly decide: DecideTogether
  readonly births: CaseBirths
  /** Keeps what was asked, many questions with one sync of the disk. */
  readonly asked: GroupCommit<ChargedCase, AskedCase | Refusal>
  readonly populations: Pick<Populations, 'see'>
  readonly consultant: Pick<Consultant, 'take'>
  /** Counts questions by agent, version, decision and reason. */
  readonly questions: Counter
}

/** Asks an agent some questions on behalf of a caller. */
export type AskQuestions = (
  agent: ServingAgent,
  asked: { readonly caller: KnownCaller; readonly questions: readonly Question[] },
) => Promise<Outcome[]>

/**
 * Makes what answers questions or defers them to a person; all of them are kept before anyone hears of it. Where a
 * question was asked before under its key, the outcome is that of the first time. It throws `agreement-refused`,
 * `value-invalid` and, for another question under a known key, `state-conflict`; `not-found` and `budget-spent` where
 * the caller's key does not suffice, before a model has seen anything.
 */
export function createAskQuestions(context: QuestionsContext): AskQuestions {
  return async (agent, { caller, questions }) => {
    await context.mayAnswer.check()
    checkMayAsk(caller, agent.view.agent)
    const charged = { caller, queries: questions.length }
    return await context.charging.withReservation(charged, async reservation => {
      const decided = await context.decide(agent, questions)
      const keeping = questions.map(async (question, index): Promise<Charged<Outcome>> => {
        const { calibrated, decision } = decided[index]!
        const { version } = calibrated
        const birth = bornNow(context.births, { agent: agent.view.agent, version, askedBy: askerOf(caller) })
        const isPlain = decision.action === 'answer' && !decision.audit.isAudited
        const asked: AskedCase = isPlain
          ? { kind: 'answer', answer: plainAnswer(birth, question, decision) }
          : { kind: 'case', file: await caseFile(context.births, birth, { question, decision, agent }) }
        const kept = await keepAsked(context.asked, { asked, reservation })
        if (kept === asked) {
          context.populations.see({ rules: agent.view, calibrated, confidence: decision.confidence })
          if (kept.kind === 'case') context.consultant.take(kept.file, agent)
        }
        const { action, reason } = decision
        context.questions.add({ agent: agent.view.agent, version, decision: action, reason })
        return {
          value: { asked: kept, decision: disclosedDecision(decision, caller) },
          isCharged: kept === asked,
        }
      })
      return await Promise.allSettled(keeping)
    })
  }
}

type Birth = Pick<CaseFile, 'id' | 'agent' | 'version' | 'askedBy' | 'asked'>

function bornNow(births: CaseBirths, asked: Omit<Birth, 'id' | 'asked'>): Birth {
  return { ...asked, id: births.nextId(), asked: births.at() }
}

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
  { roleOf }: CaseBirths,
  birth: Birth,
  { question, decision, agent }: { question: Question; decision: Decision; agent: ServingAgent },
): Promise<CaseFile> {
  const record = await question.record()
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
