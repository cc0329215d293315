import type { Aggregator, Exposure } from '@consort/privacy'
import type { Id, MemberMessage } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Whose sum it is: that of a run's round, or that of a survey. */
export type SumOwnerId = Id<'run'> | Id<'survey'>

/** Read and written by `sums/attempt-store.ts` alone. */
export interface SumTables {
  /** Attempts at the secure sum of a run's round, or of a survey, whose only round is 1. */
  aggregation: {
    run: SumOwnerId
    round: number
    attempt: number
    state: Json<Aggregator>
    /** Milliseconds since 1970. */
    deadline: number | null
    /** 1 from the moment that members may have opened shares. */
    opened: 0 | 1
    exposures: Json<readonly Exposure[]>
  }
  /** What members sent in the current stage of an attempt and the stages before. */
  aggregation_message: {
    run: SumOwnerId
    round: number
    attempt: number
    kind: MemberMessage['kind']
    member: string
    message: Json<MemberMessage>
  }
}
