import { createRequire, syncBuiltinESMExports } from 'node:module'
import { lives } from './life.ts'
import type { Timer, VirtualTime } from './virtual-time.ts'

const require = createRequire(import.meta.url)

/** What `setTimeout` returns here: as much of Node's `Timeout` as is used. */
class VirtualTimeout {
  timer: Timer
  constructor(timer: Timer) {
    this.timer = timer
  }
  ref(): this {
    this.timer.isHeld = true
    return this
  }
  unref(): this {
    this.timer.isHeld = false
    return this
  }
  hasRef(): boolean {
    return this.timer.isHeld
  }
  [Symbol.dispose](): void {
    this.timer.isOver = true
  }
}

/**
 * Puts virtual time in the place of Node's timers and clocks, for all code of this process: what the product's own code
 * takes as a parameter, and what the packages that it uses take from Node. `time` may be another one in each world,
 * and begins at the date `beganMs`, in milliseconds since 1970.
 */
export function replaceTimers(time: () => VirtualTime, beganMs: () => number): void {
  const set = (run: (...of: unknown[]) => void, ms = 0, ...of: unknown[]) =>
    new VirtualTimeout(time().after(ms, () => run(...of)))
  const setImmediately = (run: (...of: unknown[]) => void, ...of: unknown[]) =>
    new VirtualTimeout(time().soon(() => run(...of)))
  const repeat = (run: (...of: unknown[]) => void, ms = 0, ...of: unknown[]) => {
    const next = (): Timer =>
      time().after(Math.max(ms, 1), () => {
        const { isHeld } = timeout.timer
        timeout.timer = next()
        timeout.timer.isHeld = isHeld
        run(...of)
      })
    const timeout = new VirtualTimeout(next())
    return timeout
  }
  const clear = (timeout: unknown): void => {
    if (timeout instanceof VirtualTimeout) timeout.timer.isOver = true
  }
  const own = {
    setTimeout: set,
    setInterval: repeat,
    setImmediate: setImmediately,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
  Object.assign(globalThis, own)
  Object.assign(require('node:timers'), own)
  Object.assign(require('node:timers/promises'), {
    setTimeout: (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) =>
      sleep(go => set(go, ms), value, options),
    setImmediate: (value?: unknown, options?: { signal?: AbortSignal }) =>
      sleep(go => setImmediately(go), value, options),
  })
  AbortSignal.timeout = ms => {
    const controller = new AbortController()
    set(
      () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      ms,
    ).unref()
    return controller.signal
  }
  AbortSignal.any = anyOf
  replaceClocks(time, beganMs)
  syncBuiltinESMExports()
}

/**
 * The first of these signals. Node keeps each of its own for as long as somebody listens, and in a life that has ended
 * somebody listens for ever; this one goes with those that it follows.
 */
function anyOf(signals: Iterable<AbortSignal>): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) {
    const stop = (): void => controller.abort(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  }
  return controller.signal
}

function sleep(
  start: (go: () => void) => VirtualTimeout,
  value: unknown,
  { signal }: { signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timeout.timer.isOver = true
      reject(new DOMException('The operation was aborted', { name: 'AbortError', cause: signal?.reason }))
    }
    const timeout = start(() => {
      signal?.removeEventListener('abort', stop)
      resolve(value)
    })
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

/** Each machine has its own wall clock, which may be set; the clock that only counts on is the same for all. */
function replaceClocks(time: () => VirtualTime, beganMs: () => number): void {
  const wallMs = (): number => beganMs() + time().nowMs + (lives.getStore()?.skewMs() ?? 0)
  performance.now = () => time().nowMs
  const RealDate = globalThis.Date
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, of, newTarget) =>
      Reflect.construct(target, of.length === 0 ? [wallMs()] : of, newTarget),
    get: (target, name, receiver) => (name === 'now' ? wallMs : Reflect.get(target, name, receiver)),
  })
}
