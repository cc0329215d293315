/** Bytes, progress and trouble of runs: for the eye, so they need not survive a crash. */
export interface Traffic {
  readonly up: Map<string, number>
  readonly down: Map<string, number>
  /** Share of a task that is done. */
  readonly progress: Map<string, number>
  /** What keeps the hub itself from going on with a run. */
  readonly trouble: Map<string, string>
}

/** Begins with nothing moved. */
export function createTraffic(): Traffic {
  return { up: new Map(), down: new Map(), progress: new Map(), trouble: new Map() }
}

/** Adds to what a run has moved. */
export function countBytes(counted: Map<string, number>, run: string, bytes: number): void {
  counted.set(run, (counted.get(run) ?? 0) + bytes)
}

/** Takes out what a run has moved since the last time. */
export function takeBytes(counted: Map<string, number>, run: string): number {
  const bytes = counted.get(run) ?? 0
  counted.delete(run)
  return bytes
}
