import { type Life, lives } from './life.ts'

/** Something that is to happen at a time. */
export interface Timer {
  readonly atMs: number
  readonly order: number
  readonly life: Life | undefined
  readonly run: () => void
  isOver: boolean
  /** Keeps a process alive, unless it was told otherwise. */
  isHeld: boolean
}

/** Time that passes only when nothing is left to do. */
export interface VirtualTime {
  /** Milliseconds since the world began. */
  readonly nowMs: number
  /** `run` happens so much later, in the context of whoever asks, unless that life has ended by then. */
  after(ms: number, run: () => void): Timer
  /** `run` happens in this turn, after what is under way. */
  soon(run: () => void): Timer
  /** Real work that comes back to the event loop by itself: time stands still until it has. */
  hold<T>(work: Promise<T>): Promise<T>
  /** Passes time until the promise ends. Throws when nothing is left that could happen, or `withinMs` have passed. */
  drive<T>(promise: Promise<T>, withinMs: number): Promise<T>
  /** Passes so much time. */
  pass(ms: number): Promise<void>
  /** Timers of a life that would keep its process alive. */
  heldBy(life: Life): number
}

const realImmediate = globalThis.setImmediate
const turn = (): Promise<void> => new Promise(resolve => realImmediate(resolve))

/** Begins at zero with nothing to do. */
export function createVirtualTime(onTimer: (timer: Timer) => void = () => {}): VirtualTime {
  const heap = createHeap()
  let [nowMs, order, working] = [0, 0, 0]
  let immediates: Timer[] = []
  let rest = Promise.withResolvers<void>()

  const timerOf = (atMs: number, run: () => void): Timer => {
    const life = lives.getStore()
    order += 1
    return { atMs, order, life, run: () => lives.run(life, run), isOver: false, isHeld: true }
  }
  const fire = (timer: Timer): void => {
    if (timer.isOver || timer.life?.isDead) return
    timer.isOver = true
    onTimer(timer)
    timer.run()
  }
  /** Lets everything happen that needs no time. */
  const settle = async (): Promise<void> => {
    for (;;) {
      await turn()
      // Looking again and again instead would take the processor from the work that is waited for.
      if (working > 0) {
        await rest.promise
        continue
      }
      const [next, ...later] = immediates
      if (!next) return
      immediates = later
      fire(next)
    }
  }
  /** The next thing in time, if there is one before `untilMs`. */
  const step = async (untilMs: number): Promise<boolean> => {
    await settle()
    let next = heap.first()
    for (; next && (next.isOver || next.life?.isDead); next = heap.first()) heap.shift()
    if (!next || next.atMs > untilMs) return false
    heap.shift()
    nowMs = Math.max(nowMs, next.atMs)
    fire(next)
    return true
  }
  return {
    get nowMs() {
      return nowMs
    },
    after(ms, run) {
      const timer = timerOf(nowMs + Math.max(ms, 0), run)
      heap.add(timer)
      return timer
    },
    soon(run) {
      const timer = timerOf(nowMs, run)
      immediates.push(timer)
      return timer
    },
    async hold(work) {
      if (working === 0) rest = Promise.withResolvers()
      working += 1
      try {
        return await work
      } finally {
        working -= 1
        if (working === 0) rest.resolve()
      }
    },
    async drive(promise, withinMs) {
      let isDone = false
      const done = (): void => {
        isDone = true
      }
      promise.then(done, done)
      const untilMs = nowMs + withinMs
      await settle()
      while (!isDone && (await step(untilMs)));
      await settle()
      if (!isDone) throw new Error(`nothing more happens, or not within ${withinMs} ms of virtual time`)
      return await promise
    },
    async pass(ms) {
      const untilMs = nowMs + ms
      while (await step(untilMs));
      nowMs = untilMs
    },
    heldBy: life => heap.all().filter(timer => timer.life === life && timer.isHeld && !timer.isOver).length,
  }
}

/** Timers by time, and those of one time in the order in which they were set. */
function createHeap() {
  const heap: Timer[] = []
  const isBefore = (a: Timer, b: Timer): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  const swap = (i: number, j: number): void => {
    const held = heap[i]!
    heap[i] = heap[j]!
    heap[j] = held
  }
  return {
    first: (): Timer | undefined => heap[0],
    all: (): readonly Timer[] => heap,
    add(timer: Timer): void {
      heap.push(timer)
      for (let at = heap.length - 1; at > 0; ) {
        const above = (at - 1) >> 1
        if (!isBefore(heap[at]!, heap[above]!)) return
        swap(at, above)
        at = above
      }
    },
    shift(): void {
      const last = heap.pop()
      if (heap.length === 0 || !last) return
      heap[0] = last
      for (let at = 0; ; ) {
        let least = at
        for (const below of [2 * at + 1, 2 * at + 2])
          if (below < heap.length && isBefore(heap[below]!, heap[least]!)) least = below
        if (least === at) return
        swap(at, least)
        at = least
      }
    },
  }
}
