/** What processes that share one database tell each other, and how they keep out of each other's way. */
export interface Replicas extends AsyncDisposable {
  /** Tells the others that a topic has news. It may get lost with a connection: then they hear `missed`. */
  announce(topic: string): void
  /**
   * Does the work unless another replica is doing work of this name; then returns undefined. A replica that dies, or
   * loses the database, no longer counts, so the work must bear being done twice.
   */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>
}

/** What a replica hears of the others. */
export interface ReplicaNews {
  readonly heard: (topic: string) => void
  /** The connection was lost and is back: anything may have happened meanwhile. */
  readonly missed: () => void
}
