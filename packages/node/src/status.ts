/** What the node is doing, for its owner. */
export interface WorkStatus {
  state: string
  hubSeen: Date | null
  /** Null while it is not known. */
  readonly hubVersion: () => string | null
}
