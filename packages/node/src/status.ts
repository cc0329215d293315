/** What the node is doing, for its owner. */
export interface WorkStatus {
  state: string
  hubSeen: Date | null
}
