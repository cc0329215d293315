import type { ListPlace } from '@consort/protocol'
import type { Holder } from './case-state.ts'

/** Which cases a list holds. */
export interface ListedCases {
  /** Everybody's when absent. */
  readonly askedBy?: Holder | undefined
  readonly agent?: string | undefined
  readonly state?: 'answered' | 'deferred' | 'cancelled' | undefined
  /** Where the page before ended. */
  readonly before?: ListPlace<'case'> | undefined
  readonly limit: number
}
