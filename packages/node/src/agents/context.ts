import type { EventEmitter } from 'node:events'
import type { Agreement, Id, Refusal } from '@consort/protocol'
import type { AskedCase } from '@consort/review'
import type { KeyRing, Reservations } from '@consort/serving'
import type { BlobStore, GroupCommit } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { OneAtATime } from '../concurrency/one-at-a-time.ts'
import type { NodeContext } from '../context.ts'
import type { AllTables } from '../tables/agent-tables.ts'
import type { Consultant } from './ask/consult-case.ts'
import type { ChargedCase } from './ask/keep-asked.ts'
import type { Populations } from './promise/populations.ts'
import type { AgentBook } from './registry/agent-book.ts'
import type { NodeMetrics } from './report/node-metrics.ts'
import type { KeptExamples } from './review/kept-examples.ts'
import type { Predictors } from './versions/predictors.ts'

/** What agents, cases and reviews work with; built once, in `open-agents.ts`. */
export interface AgentContext extends Omit<NodeContext, 'database'> {
  readonly database: Kysely<AllTables>
  /** Weights of the versions that are served, one scope each; kept apart from what training sweeps away. */
  readonly models: BlobStore
  readonly predictors: Predictors
  /** Labelled records as the served versions see them, for this node's own experts. */
  readonly examples: KeptExamples
  readonly agents: AgentBook
  readonly populations: Populations
  readonly consultant: Consultant
  readonly nextCaseId: () => Id<'case'>
  /** Keeps what was asked, many questions with one sync of the disk. */
  readonly asked: GroupCommit<ChargedCase, AskedCase | Refusal>
  /** The agreement in force that this node has last seen with all signatures. */
  readonly terms: () => Promise<Agreement | null>
  readonly keys: KeyRing
  /** Sets budget of keys aside, for many questions with one sync of the disk. */
  readonly reservations: Reservations
  readonly metrics: NodeMetrics
  /** For putting agents: none closes the model that another is being calibrated with. */
  readonly oneAtATime: OneAtATime
  /** Emits the id of a case when a person has answered it, or its caller has taken it back. */
  readonly news: EventEmitter
  /** Something was put into the outbox. */
  readonly wakeOutbox: () => void
  /** Aborted when the node closes: nothing is worth waiting for any more. */
  readonly closing: AbortSignal
}
