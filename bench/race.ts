/** One line of the result: how we stand against one peer in one case. A ratio above 1 means that we are better. */
export type Row = {
  race: string
  case: string
  peer: string
  /** Null only while our own side of a race does not run yet. */
  ours: number | null
  /** Null when the peer is not installed or was disqualified. */
  theirs: number | null
  unit: string
  ratio: number | null
  goal: number
  met: boolean | null
}

/** A row with what only a reader of the table needs. */
export type Result = Row & {
  /** Quartiles of the per-pair ratios. */
  quartiles?: [low: number, high: number]
  pairs?: number
  /** Why there is no ratio, or what to know about it. */
  remark?: string
}

export type RaceOptions = {
  /** A rehearsal: few and short slices, small cases only. Its numbers are not to be quoted. */
  quick: boolean
  /** Progress, one line at a time. */
  say(line: string): void
}

export type Race = {
  name: string
  summary: string
  run(options: RaceOptions): Promise<Result[]>
  /**
   * Sets up what the race sets up and takes one step of our side, in a few seconds, without peers or data to be had
   * elsewhere. Throws where the race could not run.
   */
  tryOut(): Promise<void>
}
