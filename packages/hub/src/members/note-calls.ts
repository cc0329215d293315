import type { Id } from '@consort/protocol'
import { createGroupCommit } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { noteSeen } from './member-store.ts'

/** How stale `last_seen` may be: a write for every call is a sync too many. */
const seenEveryMs = 5000

/** Whoever was noted so lately counts as online anyway, so that its call need not wait for the next note. */
const knownForMs = 30_000

/** For so long notes that nobody waits for are gathered: all of them are one commit. */
const gatherMs = 1000

/** Notes when members call. */
export interface CallNotes {
  /** Ends at once, or for a member that was not noted lately once the note is on disk. */
  note(id: Id<'member'>): Promise<void>
}

/** Knows nothing of the time before: each member's first call is noted. */
export function createCallNotes({
  database,
  now,
}: {
  readonly database: HubDatabase
  readonly now: () => Date
}): CallNotes {
  const noted = new Map<Id<'member'>, number>()
  const gathered = new Set<Id<'member'>>()
  const notes = createGroupCommit<Id<'member'>, void>(
    async ids => {
      await noteSeen(database, ids, now())
      return []
    },
    { itemsMax: 50 },
  )
  const keepGathered = (): void => {
    const ids = [...gathered]
    gathered.clear()
    for (const id of ids) notes.keep(id).catch(() => noted.delete(id)) // its next call waits, and says why
  }
  const gather = (id: Id<'member'>): void => {
    if (gathered.size === 0) setTimeout(keepGathered, gatherMs).unref()
    gathered.add(id)
  }
  return {
    async note(id) {
      const at = now().getTime()
      // Not later only: the clock may have been set back.
      const sinceMs = Math.abs(at - (noted.get(id) ?? 0))
      if (sinceMs < seenEveryMs) return
      if (sinceMs >= knownForMs) await notes.keep(id)
      else gather(id)
      noted.set(id, at) // not before: who calls meanwhile waits, too, and after a failure the next one does
    },
  }
}
