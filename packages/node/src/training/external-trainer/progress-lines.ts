import { z } from 'zod'

/** Longer lines are not about progress. */
const lineBytesMax = 256
const mark = '"progress"'

/**
 * Takes a program's stdout piece by piece and calls `onProgress` with the latest share (0 to 1) that a whole line
 * `{"progress": 0.4}` tells. Everything else is passed over; no more than one line of a piece is read.
 */
export function createProgressReader(onProgress: (share: number) => void): (bytes: Buffer) => void {
  let begun: Buffer = Buffer.alloc(0)
  return bytes => {
    const text = begun.length > 0 ? Buffer.concat([begun, bytes]) : bytes
    const end = text.lastIndexOf(0x0a)
    begun = Buffer.from(text.subarray(end + 1).subarray(0, lineBytesMax)) // of a longer line, the beginning spoils it
    const whole = text.subarray(0, Math.max(end, 0))
    const at = whole.lastIndexOf(mark)
    if (at < 0) return
    const from = whole.lastIndexOf(0x0a, at) + 1
    const to = whole.indexOf(0x0a, at)
    const line = whole.subarray(from, to < 0 ? whole.length : to)
    const share = line.length <= lineBytesMax ? shareIn(line.toString('utf8')) : undefined
    if (share !== undefined) onProgress(share)
  }
}

const progressSchema = z.object({ progress: z.number().min(0).max(1) })

function shareIn(line: string): number | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  return progressSchema.safeParse(value).data?.progress
}
