/** What goes on behind the answers: nobody waits for it, until the node closes. */
export interface BackgroundWork {
  start(task: Promise<void>): void
  /** How many tasks are under way. */
  count(): number
  /** Also those that tasks have started meanwhile. */
  drained(): Promise<void>
}

/** A task that fails is told of, and takes nothing with it. */
export function createBackgroundWork(onError: (error: unknown) => void): BackgroundWork {
  const work = new Set<Promise<void>>()
  return {
    start(task) {
      const settled = task.catch(onError)
      work.add(settled)
      void settled.then(() => work.delete(settled))
    },
    count: () => work.size,
    async drained() {
      while (work.size > 0) await Promise.all(work)
    },
  }
}
