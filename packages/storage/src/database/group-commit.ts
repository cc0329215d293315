/** Keeps things durably, many with one sync of the disk. */
export interface GroupCommit<Item, Kept> {
  /** Ends once the item is on disk. */
  keep(item: Item): Promise<Kept>
  /** When nothing waits and nothing is being written. */
  drained(): Promise<void>
}

/** Writes all of the items in one transaction, and gives one result for each, in order. */
export type CommitAll<Item, Kept> = (items: readonly Item[]) => Promise<readonly Kept[]>

interface Waiting<Item, Kept> {
  readonly item: Item
  readonly resolve: (kept: Kept) => void
  readonly reject: (error: unknown) => void
}

/**
 * What comes within one turn of the event loop, and while `groupsMax` groups are being written, is the next group, of
 * at most `itemsMax`. More than one group at a time pays where `commit` waits for the disk after it has written; all
 * but the first have half of `itemsMax` at least. If a group cannot be written, each of its items is tried alone, so
 * that one that is at fault harms no other; a full disk refuses them all. (Group commit: DeWitt et al. 1984, section
 * 4.)
 */
export function createGroupCommit<Item, Kept>(
  commit: CommitAll<Item, Kept>,
  { itemsMax, groupsMax = 1 }: { readonly itemsMax: number; readonly groupsMax?: number },
): GroupCommit<Item, Kept> {
  const queue: Waiting<Item, Kept>[] = []
  const idlers: (() => void)[] = []
  let groups = 0
  let isAwaited = false

  const run = async (): Promise<void> => {
    isAwaited = false
    groups += 1
    while (queue.length > 0) await commitTogether(commit, queue.splice(0, itemsMax))
    groups -= 1
    if (groups === 0) for (const go of idlers.splice(0)) go()
  }
  return {
    keep: item =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        if (isAwaited || groups >= groupsMax) return
        if (groups > 0 && queue.length < itemsMax / 2) return // each group has costs of its own
        isAwaited = true
        setImmediate(run)
      }),
    drained: () =>
      isAwaited || groups > 0 ? new Promise(resolve => idlers.push(resolve)) : Promise.resolve(),
  }
}

async function commitTogether<Item, Kept>(
  commit: CommitAll<Item, Kept>,
  group: readonly Waiting<Item, Kept>[],
): Promise<void> {
  try {
    const kept = await commit(group.map(({ item }) => item))
    for (const [index, { resolve }] of group.entries()) resolve(kept[index]!)
  } catch (error) {
    const [only] = group
    if (group.length === 1) only!.reject(error)
    else for (const one of group) await commitTogether(commit, [one])
  }
}
