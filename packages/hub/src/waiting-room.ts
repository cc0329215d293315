/** Where long polls wait for news about one thing. */
export interface WaitingRoom {
  /** Until the topic is announced or the time is over; false when the hub is closing and nothing is worth waiting for. */
  wait(topic: string, ms: number): Promise<boolean>
  announce(topic: string): void
  /** Lets everybody go, now and from now on. */
  close(): void
}

export function createWaitingRoom(): WaitingRoom {
  const waiting = new Map<string, Set<() => void>>()
  let closed = false
  return {
    wait(topic, ms) {
      if (closed) return Promise.resolve(false)
      return new Promise(resolve => {
        const those = waiting.get(topic) ?? new Set()
        waiting.set(topic, those)
        const go = (): void => {
          clearTimeout(timer)
          those.delete(go)
          if (those.size === 0) waiting.delete(topic)
          resolve(!closed)
        }
        const timer = setTimeout(go, ms)
        those.add(go)
      })
    },
    announce(topic) {
      for (const go of [...(waiting.get(topic) ?? [])]) go()
    },
    close() {
      closed = true
      for (const those of [...waiting.values()]) for (const go of [...those]) go()
    },
  }
}
