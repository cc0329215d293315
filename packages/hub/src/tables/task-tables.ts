import type { Digest, Id, Manifest, Metrics, SignedTask, TaskFailure } from '@consort/protocol'
import type { Json } from '@consort/storage'

/**
 * A task is `open` until it is settled: its result was `received`, its member said that it `failed`, or the hub
 * `closed` it.
 */
export type TaskState = 'open' | 'received' | 'failed' | 'closed'

/** Why a node could not do a task, and where its own log says more. */
export interface ReportedFailure {
  readonly code: TaskFailure
  readonly reference: string
}

/** Read and written by `runs/tasks/task-store.ts` alone. */
export interface TaskTables {
  task: {
    id: Id<'task'>
    run: Id<'run'>
    round: number
    member: Id<'member'>
    card: Id<'card'>
    work: 'train' | 'evaluate'
    version: Id<'version'>
    signed: Json<SignedTask>
    state: TaskState
    opened: string
    settled: string | null
    /** The update that is announced, until it is part of a version. */
    manifest: Json<Manifest> | null
    /** Digest of the manifest that was taken, masked or not: from then on no other one is announced. */
    update_digest: Digest | null
    loss: number | null
    /** The update's share in the version that it is part of. */
    weight: number | null
    metrics: Json<Metrics> | null
    failure: Json<ReportedFailure> | null
  }
}
