import type { Id } from '@consort/protocol'
import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { ServingAgents } from '../registry/serving-agents.ts'
import type { AskQuestions } from './ask-questions.ts'
import type { AwaitRevision } from './await-revision.ts'

/** What answering callers works with. */
export interface AskContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly agents: Pick<ServingAgents, 'of'>
  readonly ask: AskQuestions
  readonly awaitRevision: AwaitRevision
  /** Tells whoever waits for a case that there is news of it, and delivers what was put into the outbox. */
  readonly announce: (askedCase: Id<'case'>) => void
}
