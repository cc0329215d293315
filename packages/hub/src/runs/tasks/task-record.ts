import type { Digest, Id, Manifest, Metrics } from '@consort/protocol'
import type { ReportedFailure, TaskState } from '../../tables/task-tables.ts'

export type Work = 'train' | 'evaluate'

/** What the hub asked of one member in one round, and what came of it. */
export interface TaskRecord {
  readonly id: Id<'task'>
  readonly run: Id<'run'>
  readonly round: number
  readonly member: Id<'member'>
  readonly card: Id<'card'>
  readonly work: Work
  /** What it starts from. */
  readonly version: Id<'version'>
  readonly state: TaskState
  readonly opened: string
  /** Digest of the update that was taken, masked or not: from then on no other one can be announced. */
  readonly updateDigest: Digest | null
  readonly loss: number | null
  /** The update's share in the version that it is part of. */
  readonly weight: number | null
  readonly metrics: Metrics | null
  readonly failure: ReportedFailure | null
}

/** A task with the update that is announced for it. */
export interface TaskWithUpdate extends TaskRecord {
  readonly manifest: Manifest | null
}

/** How an open task is settled, beside by an update. */
export type Settlement =
  | { readonly state: 'closed' }
  | { readonly state: 'failed'; readonly failure: ReportedFailure }
  | { readonly state: 'received'; readonly metrics: Metrics }

/** Which tasks of a run: all, or those that have all of this. */
export interface TaskFilter {
  readonly run: Id<'run'>
  readonly round?: number
  readonly fromRound?: number
  readonly work?: Work
  readonly state?: TaskState
}
