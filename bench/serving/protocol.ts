/** What the process that makes the load is told, one JSON object a line. */
export type LoadRequest = {
  url: string
  key: string
  /** Each asks its next question when the last has been answered. */
  connections: number
  seconds: number
}

export type LoadAnswer = {
  answered: number
  deferred: number
  seconds: number
  medianMs: number
  p99Ms: number
}
