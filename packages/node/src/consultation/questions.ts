import { createHmac } from 'node:crypto'
import { sealMessage } from '@consort/privacy'
import {
  type CaseRecord,
  type ConsultationQuestion,
  canonicalJson,
  createId,
  type Entropy,
  type Id,
  type KeyPair,
  Refusal,
  type RosterMember,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import type { ConsultationTables } from '../tables/consultation-tables.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { questionBinding } from './bindings.ts'
import type { OwnKeys } from './own-keys.ts'
import { endQuestion, keepQuestion, type Question, type QuestionEnd, sentAbout } from './question-store.ts'
import { affordable, forgetUnheard, monthOf } from './spending.ts'
import type { ConsultationTerms } from './terms.ts'
import type { TryOutcome } from './try-outcome.ts'

/** What is to be asked of a partner. */
export interface NewQuestion {
  readonly rule: AskRule
  readonly partner: RosterMember
  /** Of the partner, checked. */
  readonly recipient: string
  /** As it leaves. */
  readonly leaving: CaseRecord
  /** As it is here. */
  readonly record: CaseRecord
  readonly propensity: number
  readonly priceMax: number
}

/** The questions that this node asks. One that is waited for is live, and nobody else's, until it is released. */
export interface Questions {
  /** The most that an answer for the rule's agent may cost now. */
  affordable(rule: AskRule): Promise<number>
  /** A question about this case that is on its way to one of these partners, and that nobody waits for. */
  takeOnItsWay(
    asked: { readonly agent: string; readonly record: CaseRecord },
    partners: readonly string[],
  ): Promise<Question | undefined>
  /**
   * Seals a question and writes it down with its entry in the audit log, before it leaves: what is sent is known here,
   * and after a crash it is sent again byte for byte, never sealed anew. Throws `too-large`, and `budget-spent` where
   * others have meanwhile taken what was left to spend.
   */
  open(terms: ConsultationTerms, asked: NewQuestion): Promise<Question>
  /** Nobody waits for it any more. */
  release(id: Id<'consultation'>): void
  /** Keeps what became of a question, with its entry in the log. */
  end(question: Question, end: { state: QuestionEnd; price: number; outcome: TryOutcome }): Promise<void>
  /** Gives up questions of which nothing can come any more. */
  forgetUnheard(): Promise<void>
}

/** What questions are asked with. */
export interface QuestionsSetup {
  readonly database: Kysely<NodeTables & ConsultationTables>
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly keys: OwnKeys
  /** Keys what the same case is found again by. */
  readonly splitKey: Uint8Array
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}

/** Starts with no live question. */
export function createQuestions(setup: QuestionsSetup): Questions {
  const { database, now, log, splitKey } = setup
  const live = new Set<Id<'consultation'>>()
  return {
    affordable: rule => affordable(database, rule, now()),
    async takeOnItsWay({ agent, record }, partners) {
      const sent = await sentAbout(database, askedAbout(splitKey, agent, record))
      const found = sent.find(({ id, partner }) => !live.has(id) && partners.includes(partner))
      if (found) live.add(found.id)
      return found
    },
    async open(terms, asked) {
      const { question, bytes } = await sealed(setup, terms, asked)
      live.add(question.id) // from before anyone else can find it
      try {
        await keepSealed(setup, { question, rule: asked.rule, bytes })
      } catch (error) {
        live.delete(question.id)
        throw error
      }
      return question
    },
    release: id => void live.delete(id),
    end: (question, end) => keepEnd(setup, question, end),
    forgetUnheard: () => forgetUnheard({ database, live, log, now }),
  }
}

async function sealed(
  { entropy, enrolment, keys, splitKey }: QuestionsSetup,
  terms: ConsultationTerms,
  { rule, partner, recipient, leaving, record, propensity, priceMax }: NewQuestion,
): Promise<{ question: Question; bytes: number }> {
  const id = createId('consultation', entropy)
  const question: ConsultationQuestion = { agent: rule.theirs ?? rule.agent, record: leaving, priceMax }
  const octets = await sealMessage(Buffer.from(canonicalJson(question)), {
    binding: questionBinding(enrolment.member, { id, agreement: terms.digest, to: partner.id }),
    sender: keys,
    recipient,
    entropy,
  })
  return {
    question: {
      id,
      agent: rule.agent,
      partner: partner.name,
      askedAbout: askedAbout(splitKey, rule.agent, record),
      agreement: terms.digest,
      sealed: Buffer.from(octets).toString('base64url'),
      propensity,
      price: priceMax,
    },
    bytes: octets.length,
  }
}

async function keepSealed(
  setup: QuestionsSetup,
  { question, rule, bytes }: { question: Question; rule: AskRule; bytes: number },
): Promise<void> {
  const { id: consultation, agent, partner, agreement, propensity } = question
  await setup.database.transaction().execute(async transaction => {
    const at = setup.now()
    if ((await affordable(transaction, rule, at)) < question.price) {
      throw new Refusal('budget-spent', `What ${agent} may spend on consultations is on its way`)
    }
    await keepQuestion(transaction, question, { month: monthOf(at), at })
    const body = { consultation, agent, partner, agreement, bytes, propensity }
    await appendEvent(setup, transaction, { kind: 'case-consulted', body })
  })
}

async function keepEnd(
  setup: QuestionsSetup,
  { id, agent, partner }: Question,
  { state, price, outcome }: { state: QuestionEnd; price: number; outcome: TryOutcome },
): Promise<void> {
  await setup.database.transaction().execute(async transaction => {
    await endQuestion(transaction, { id, state, price })
    const body = {
      consultation: id,
      agent,
      partner,
      outcome: state,
      price,
      ...(outcome.kind === 'answered' && { version: outcome.version }),
      ...(outcome.kind === 'declined' && { reason: outcome.reason }),
      ...((outcome.kind === 'failed' || outcome.kind === 'withheld') && { reason: outcome.why }),
    }
    await appendEvent(setup, transaction, { kind: 'consultation-heard', body })
  })
}

/** The same for the same record and agent, and says nothing without the node's own key. */
function askedAbout(splitKey: Uint8Array, agent: string, record: CaseRecord): string {
  return createHmac('sha256', splitKey)
    .update(canonicalJson(['consultation', agent, record]))
    .digest('hex')
}
