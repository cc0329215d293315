import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { HubWaitingRoom } from '../../topics.ts'

/** What the handlers of consultations work with. */
export interface ConsultationContext {
  readonly database: HubDatabase
  readonly now: () => Date
  readonly waiting: HubWaitingRoom
}
