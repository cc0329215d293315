import type { Id } from '@consort/protocol'
import type { WaitingRoom } from '@consort/protocol/waiting-room'

/** What long polls of the hub wait for. */
export type HubTopic =
  | 'tasks'
  | Id<'run'>
  | Id<'survey'>
  | Id<'consultation'>
  /** The stages of the sums of a run or a survey. */
  | `aggregation ${Id<'run'> | Id<'survey'>}`
  /** Questions to a member. */
  | `consultations ${Id<'member'>}`

export type HubWaitingRoom = WaitingRoom<HubTopic>
