import { type Digest, type Id, type Manifest, Refusal } from '@consort/protocol'
import type { BlobStore, Replicas } from '@consort/storage'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { findManifest } from './task-store.ts'

/** The chunks that tasks have on the disk: of a task, those of the update that is announced, and no others for long. */
export interface UpdateSpace {
  /**
   * Does something with an update's chunks; none of them goes meanwhile, whatever is announced. Throws `busy` while
   * another replica does something with those of this task.
   */
  using<T>(task: Id<'task'>, manifest: Manifest, use: () => Promise<T>): Promise<T>
  /** Removes what no longer belongs to a task: what a later announcement replaced, or what came after its end. */
  tidy(task: Id<'task'>): Promise<void>
}

/** What is going on with the chunks of one task. */
interface TaskSpace {
  /** How many uses there are of each chunk. */
  readonly held: Map<Digest, number>
  /** Ends with the last removal that was begun. */
  tidied: Promise<void>
  users: number
}

/**
 * Keeps nothing but what is being used or removed at the moment. Of several replicas one at a time uses or removes the
 * chunks of a task; what the others then do not remove goes with the next announcement, or with the run.
 */
export function createUpdateSpace({
  database,
  blobs,
  alone,
}: {
  readonly database: HubDatabase
  readonly blobs: Pick<BlobStore, 'list' | 'remove' | 'removeScope'>
  readonly alone: Replicas['alone']
}): UpdateSpace {
  const spaces = new Map<string, TaskSpace>()
  const inSpace = async <T>(task: Id<'task'>, use: (space: TaskSpace) => Promise<T>): Promise<T> => {
    const space = spaces.get(task) ?? { held: new Map(), tidied: Promise.resolve(), users: 0 }
    spaces.set(task, space)
    space.users += 1
    try {
      return await use(space)
    } finally {
      space.users -= 1
      if (space.users === 0) spaces.delete(task)
    }
  }
  const removeUnwanted = async (task: Id<'task'>, { held }: TaskSpace): Promise<void> => {
    const manifest = await findManifest(database, task)
    if (!manifest && held.size === 0) return await blobs.removeScope(task)
    const wanted = new Set(manifest?.chunks.map(({ digest }) => digest))
    for (const digest of await blobs.list(task))
      if (!wanted.has(digest) && !held.has(digest)) await blobs.remove(task, digest)
  }
  return {
    using: (task, { chunks }, use) =>
      inSpace(task, async space => {
        const count = (by: 1 | -1): void => {
          for (const { digest } of chunks) {
            const uses = (space.held.get(digest) ?? 0) + by
            if (uses > 0) space.held.set(digest, uses)
            else space.held.delete(digest)
          }
        }
        count(1)
        try {
          await space.tidied // what is being removed is seen to be missing
          const used = await alone(lockOf(task), async () => ({ result: await use() }))
          if (used) return used.result
          throw new Refusal('busy', 'Another replica of the hub is checking an update of this task', {
            hint: 'Try again.',
            retryAfterSeconds: 1,
          })
        } finally {
          count(-1)
        }
      }),
    tidy: task =>
      inSpace(task, async space => {
        const own = space.tidied.then(() => alone(lockOf(task), () => removeUnwanted(task, space)))
        space.tidied = own.then(
          () => {},
          () => {},
        )
        await own
      }),
  }
}

/** Not the name of the run's lock: that is held for as long as a step takes. */
const lockOf = (task: Id<'task'>): string => `chunks of ${task}`
