import type { EventEmitter } from 'node:events'
import type { BlobStore } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { Predictors } from './predictors.ts'
import type { AllTables } from './tables.ts'

/** What agents, cases and reviews work with; built once, in `open-agents.ts`. */
export interface AgentContext extends Omit<NodeContext, 'database'> {
  readonly database: Kysely<AllTables>
  /** Weights of the versions that are served, one scope each; kept apart from what training sweeps away. */
  readonly models: BlobStore
  readonly predictors: Predictors
  /** For putting agents: none closes the model that another is being calibrated with. */
  readonly oneAtATime: OneAtATime
  /** Emits the id of a case when a person has answered it. */
  readonly news: EventEmitter
  /** Something was put into the outbox. */
  readonly wakeOutbox: () => void
  /** Aborted when the node closes: nothing is worth waiting for any more. */
  readonly closing: AbortSignal
}
