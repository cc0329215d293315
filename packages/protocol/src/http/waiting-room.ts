/** How long `until` goes on: `seconds` from now, or shorter where the signal is given and says so. */
export interface Patience {
  readonly seconds: number
  readonly signal?: AbortSignal
}

/** Where long polls wait for news. A topic names one thing that can change, such as `run run_7q2m…`. */
export interface WaitingRoom<Topic extends string = string> {
  /**
   * Looks, and again after each announcement of one of the topics, until `look` returns something else than undefined.
   * Returns undefined when the time is over, the signal says so or the room closes. It looks once at least, and what is
   * announced while it looks makes it look again. Throws what `look` throws.
   */
  until<T>(
    topics: readonly Topic[],
    look: () => Promise<T | undefined> | T | undefined,
    patience: Patience,
  ): Promise<T | undefined>
  /** Makes all who wait for the topic look again. */
  announce(topic: Topic): void
  /** Makes everybody look again: nobody knows what has changed. */
  announceAll(): void
  /** Lets everybody go, now and from now on. */
  close(): void
}

/** Somebody who waits; `isNews` from an announcement until the look after it. */
interface Waiter {
  readonly topics: readonly string[]
  isNews: boolean
  wake: () => void
}

/** Opens a room in which nobody waits yet. */
export function createWaitingRoom<Topic extends string = string>(): WaitingRoom<Topic> {
  const waiters = new Set<Waiter>()
  let isClosed = false
  return {
    async until(topics, look, { seconds, signal }) {
      const waiter: Waiter = { topics, isNews: false, wake: () => {} }
      const wake = (): void => waiter.wake()
      let isTimeOver = seconds <= 0
      const timer = setTimeout(() => {
        isTimeOver = true
        wake()
      }, seconds * 1000)
      signal?.addEventListener('abort', wake)
      waiters.add(waiter) // before the first look: what is announced from here on is not missed
      try {
        for (;;) {
          waiter.isNews = false
          const found = await look()
          if (found !== undefined || isTimeOver || isClosed || signal?.aborted) return found
          if (!waiter.isNews) await nextWake(waiter)
          if (isClosed || signal?.aborted) return undefined
        }
      } finally {
        waiters.delete(waiter)
        signal?.removeEventListener('abort', wake)
        clearTimeout(timer)
      }
    },
    announce(topic) {
      for (const waiter of waiters) if (waiter.topics.includes(topic)) tell(waiter)
    },
    announceAll() {
      for (const waiter of waiters) tell(waiter)
    },
    close() {
      isClosed = true
      for (const { wake } of waiters) wake()
    },
  }
}

function tell(waiter: Waiter): void {
  waiter.isNews = true
  waiter.wake()
}

function nextWake(waiter: Waiter): Promise<void> {
  return new Promise(resolve => {
    waiter.wake = resolve
  })
}
