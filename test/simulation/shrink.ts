import type { Action } from './schedule.ts'

/**
 * A shorter list of actions that still fails: each is left out in turn and stays out where the rest fails without it,
 * until none can be spared. The first try of each round leaves out a half, since most actions have nothing to do with it.
 */
export async function shrink(
  actions: readonly Action[],
  fails: (fewer: readonly Action[]) => Promise<boolean>,
): Promise<readonly Action[]> {
  let kept = actions
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const fewer = kept.toSpliced(at, size)
      if (await fails(fewer)) kept = fewer
      else at += size
    }
  }
  return kept
}
