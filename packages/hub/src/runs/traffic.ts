/** Bytes, progress and trouble of runs: for the eye, so they need not survive a crash. */
export interface Traffic {
  readonly up: Map<string, number>
  readonly down: Map<string, number>
  /** Share of a task that is done. */
  readonly progress: Map<string, number>
  /** What keeps the hub itself from going on with a run. */
  readonly trouble: Map<string, string>
  /** Hears of all bytes that are moved, whichever run and way. */
  readonly onMoved: (bytes: number) => void
}

/** How much is moved before memory that it went through is collected. */
const collectEveryBytes = 8 * 1024 * 1024

/** Begins with nothing moved; `collect` frees what moved bytes have left behind. */
export function createTraffic(collect: () => void = () => {}): Traffic {
  let moved = 0
  const onMoved = (bytes: number): void => {
    moved += bytes
    if (moved < collectEveryBytes) return
    moved = 0
    collect()
  }
  return { up: new Map(), down: new Map(), progress: new Map(), trouble: new Map(), onMoved }
}

/** Adds to what a run has moved, up to the hub or down from it. */
export function countBytes(
  traffic: Pick<Traffic, 'up' | 'down' | 'onMoved'>,
  way: 'up' | 'down',
  run: string,
  bytes: number,
): void {
  const counted = traffic[way]
  counted.set(run, (counted.get(run) ?? 0) + bytes)
  traffic.onMoved(bytes)
}

/** Takes out what a run has moved since the last time. */
export function takeBytes(counted: Map<string, number>, run: string): number {
  const bytes = counted.get(run) ?? 0
  counted.delete(run)
  return bytes
}
