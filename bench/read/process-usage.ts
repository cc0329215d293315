import { readFileSync } from 'node:fs'

/** Ticks of the kernel a second, on every Linux that Node runs on. */
const ticks = 100

/** Processor time of all threads of a process so far, in seconds (proc(5), `/proc/PID/stat`). */
export function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

/** Bytes that a process has been given by `read` so far, from disk or cache (proc(5), `/proc/PID/io`). */
export function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}
