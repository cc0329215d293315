import { readFileSync, writeFileSync } from 'node:fs'

/** Watches the resident memory of another process, in bytes (Linux: proc(5), `/proc/PID/status`). */
export type MemoryWatch = Disposable & {
  /** What is resident now. */
  now(): number
  /** The most that was resident since the last call, as the kernel counted it, or else as it was seen. */
  takePeak(): number
}

const lookEveryMs = 20

export function watchMemory(pid: number): MemoryWatch {
  const read = (field: 'VmRSS' | 'VmHWM'): number => {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  }
  let seen = 0
  const look = (): void => {
    seen = Math.max(seen, read('VmRSS'))
  }
  /** Sets VmHWM back to what is resident now; without the right to do so it tells of the start-up too. */
  const reset = (): boolean => {
    seen = 0
    look()
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5')
      return true
    } catch {
      return false
    }
  }
  let isReset = reset()
  const timer = setInterval(look, lookEveryMs)
  return {
    now: () => read('VmRSS'),
    takePeak() {
      look()
      const peak = isReset ? Math.max(seen, read('VmHWM')) : seen
      isReset = reset()
      return peak
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
