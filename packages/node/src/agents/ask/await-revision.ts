import type { Id } from '@consort/protocol'
import type { WaitingRoom } from '@consort/protocol/waiting-room'
import { type AskedCase, type Holder, type ReviewReader, readAsked } from '@consort/review'

/** A case of which a caller knows a revision. */
export interface AwaitedCase {
  readonly id: Id<'case'>
  /** Whose case it has to be; anybody's when absent. */
  readonly askedBy: Holder | undefined
  /** The revision that is known already. */
  readonly after: number
  readonly waitSeconds: number
}

/** Waits for news of a case. */
export type AwaitRevision = (awaited: AwaitedCase) => Promise<AskedCase>

/** What waiting needs. */
export interface RevisionContext {
  readonly database: ReviewReader
  /** A case's id is announced when a person has answered it, or its caller has taken it back. */
  readonly waiting: Pick<WaitingRoom<Id<'case'>>, 'until'>
  /** Aborted when the node closes: nothing is worth waiting for any more. */
  readonly closing: AbortSignal
}

/**
 * Makes what reads a case as soon as it has a later revision than the known one, or as it is when the wait is over or
 * the node closes. It throws `not-found`.
 */
export function createAwaitRevision({ database, waiting, closing }: RevisionContext): AwaitRevision {
  return async ({ id, askedBy, after, waitSeconds }) => {
    const look = () => readAsked(database, id, { askedBy })
    if (waitSeconds === 0) return await look()
    const lookForNews = async (): Promise<AskedCase | undefined> => {
      const asked = await look()
      return revisionOf(asked) > after ? asked : undefined
    }
    return (
      (await waiting.until([id], lookForNews, { seconds: waitSeconds, signal: closing })) ?? (await look())
    )
  }
}

/** What an agent answered alone never changes. */
function revisionOf(asked: AskedCase): number {
  return asked.kind === 'case' ? asked.file.revision : 1
}
