import type { Entropy, Id } from '@consort/protocol'
import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { Consultant } from '../ask/consult-case.ts'
import type { Meter } from '../ask/meter.ts'
import type { ServingAgents } from '../registry/serving-agents.ts'

/** What experts' answers and callers' feedback work with. */
export interface ReviewContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly entropy: Entropy
  readonly agents: Pick<ServingAgents, 'forget'>
  readonly consultant: Pick<Consultant, 'hear'>
  readonly meter: Meter
  /** Ends the trial of an agent's challenger, after labels have withdrawn it. */
  readonly endTrial: (agent: string) => Promise<void>
  /** Tells whoever waits for a case that there is news of it, and delivers what was put into the outbox. */
  readonly announce: (askedCase: Id<'case'>) => void
  /** Takes closed cases among the training records of a data set. It never rejects. */
  readonly grow: (dataset: string) => Promise<void>
}
