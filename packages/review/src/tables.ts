import type { CaseRole } from '@consort/agents'
import type { CaseRecord, Digest, Id } from '@consort/protocol'
import type { Json, RetentionTables } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Advice, Decision, Feedback, PlainAnswer } from './case-file.ts'
import type { Holder } from './case-state.ts'
import type { TallyName } from './tally-name.ts'

export interface ReviewTables extends RetentionTables {
  /** What people are asked about: deferred cases, and answers that are spot-checked. */
  asked_case: {
    id: Id<'case'>
    agent: string
    dataset: string
    version: Id<'version'>
    asked_by: Holder
    idempotency_key: string
    request_digest: Digest
    record: Json<CaseRecord>
    webhook: string | null
    role: CaseRole
    action: Decision['action']
    decision: Json<Decision>
    /** What a partner's agent said. */
    advice: Json<Advice> | null
    /** 1 where the caller was told what a partner's agent said. */
    advice_disclosed: 0 | 1
    /** 1 where nobody has to look at it any more: a partner's agent has answered. */
    settled: 0 | 1
    asked: string
    revision: number
    first_class: string | null
    first_by: Holder | null
    first_name: string | null
    first_at: string | null
    final_class: string | null
    final_by: Holder | null
    final_name: string | null
    final_at: string | null
    /** Counts the closed cases, in the order in which they were closed, whatever the clock says. */
    closing: number | null
    /** When its caller took it back. */
    cancelled: string | null
  }
  /** What agents answered alone, in the batches in which it was written. */
  plain_answer: {
    id: Id<'case'>
    agent: string
    version: Id<'version'>
    /** Under which of the agent's guarantees it was answered. */
    guarantee: number
    asked_by: Holder
    idempotency_key: string | null
    asked: string
    /** The first id of those that were written together. */
    batch: Id<'case'>
    /** All of it: what the digest of the batch is taken over. */
    text: Json<PlainAnswer>
  }
  /** How many cases and answers there are of a sort, by subject; changed in the transaction of the case. */
  case_tally: {
    what: TallyName
    subject: string
    count: number
  }
  /** What callers said of answers later; the latest of each. */
  feedback: {
    case_id: Id<'case'>
    said_by: Holder
    verdict: Feedback['verdict']
    label: string | null
    at: string
  }
}

/** What reads: by itself or inside a transaction. */
export type ReviewReader = Kysely<ReviewTables> | Transaction<ReviewTables>
