import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { OneAtATime } from '../../concurrency/one-at-a-time.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { CalibrateVersion } from '../versions/calibrate-version.ts'
import type { Predictors } from '../versions/predictors.ts'
import type { MayAnswer } from './may-answer.ts'
import type { ServingAgents } from './serving-agents.ts'

/** What the registry of agents works with. */
export interface RegistryContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly log: Pick<Logger, 'warn'>
  readonly agents: Pick<ServingAgents, 'forget'>
  readonly predictors: Pick<Predictors, 'keepOnly'>
  readonly mayAnswer: MayAnswer
  readonly calibrate: CalibrateVersion
  /** For putting agents: none closes the model that another is being calibrated with. */
  readonly oneAtATime: OneAtATime
}
