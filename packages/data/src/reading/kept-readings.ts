import { digestFile, isSameStamp, type ReadFile, stampFile } from '../files/file-stamp.ts'
import type { TableReading } from '../formats/table-reading.ts'
import { bytesOfReading, checkedTextBytes } from './table-reading.ts'

/** Tables in memory, while their files stay as they were read. */
export interface KeptReadings {
  /** The reading of that name, or the one that `read` makes of the file at `path`. */
  find(name: string, path: string, read: () => Promise<TableReading>): Promise<TableReading>
  clear(): void
}

interface Kept {
  readonly reading: Promise<TableReading>
  /** The files as they were last seen to hold what was read. */
  files: readonly SeenFile[]
  bytes: number
  textBytes: number
  forgetting: NodeJS.Timeout | undefined
}

interface SeenFile extends ReadFile {
  readonly seenAtMs: number
}

/** Nobody has asked for it in this time: an idle node holds no records. */
const keptMs = 3_600_000
/** File systems count time in steps: a change so soon after the last may bear the same time. */
const stepMs = 2000

/**
 * Those together take no more than `bytesMax`, and their texts no more than `textBytesMax` of that: these stand in the
 * heap of the process. The one that was not asked for longest goes first. A table whose texts alone take more is
 * refused with `data-unreadable`.
 */
export function createKeptReadings(of: {
  bytesMax: number
  textBytesMax: number
  nowMs: () => number
}): KeptReadings {
  const { bytesMax, textBytesMax, nowMs } = of
  const kept = new Map<string, Kept>()

  const forget = (name: string, entry: Kept): void => {
    clearTimeout(entry.forgetting)
    if (kept.get(name) === entry) kept.delete(name)
  }
  const makeRoom = (bytes: number, textBytes = 0): void => {
    for (const [name, entry] of oldestBeyond(kept, { bytes, textBytes }, { bytesMax, textBytesMax }))
      forget(name, entry)
  }
  const use = (name: string, entry: Kept): void => {
    clearTimeout(entry.forgetting)
    entry.forgetting = setTimeout(() => forget(name, entry), keptMs).unref()
    kept.delete(name)
    kept.set(name, entry)
  }
  const begin = async (
    name: string,
    path: string,
    read: () => Promise<TableReading>,
  ): Promise<TableReading> => {
    const { promise, resolve, reject } = Promise.withResolvers<TableReading>()
    const entry: Kept = { reading: promise, files: [], bytes: 0, textBytes: 0, forgetting: undefined }
    promise.catch(() => forget(name, entry))
    use(name, entry)
    try {
      makeRoom((await stampFile(path)).size) // columns take about as much as their text
      const beganMs = nowMs()
      const reading = await read()
      entry.files = reading.files.map(file => ({ ...file, seenAtMs: beganMs }))
      const bytes = bytesOfReading(reading)
      const textBytes = checkedTextBytes(reading, path, textBytesMax)
      makeRoom(bytes, textBytes)
      entry.bytes = bytes
      entry.textBytes = textBytes
      resolve(reading)
    } catch (error) {
      reject(error)
    }
    return await promise
  }
  const find: KeptReadings['find'] = async (name, path, read) => {
    const entry = kept.get(name)
    if (!entry) return await begin(name, path, read)
    const reading = await entry.reading
    const files = await stillThere(entry.files, nowMs)
    if (!files) {
      forget(name, entry)
      return await find(name, path, read) // somebody else may have begun meanwhile
    }
    entry.files = files
    if (kept.get(name) === entry) use(name, entry)
    return reading
  }
  return {
    find,
    clear() {
      for (const [name, entry] of [...kept]) forget(name, entry)
    },
  }
}

/** Which readings go, the oldest first, so that `needed` fits with the rest; one that is being read stays. */
function oldestBeyond(
  kept: ReadonlyMap<string, Kept>,
  needed: { readonly bytes: number; readonly textBytes: number },
  { bytesMax, textBytesMax }: { readonly bytesMax: number; readonly textBytesMax: number },
): [string, Kept][] {
  let { bytes, textBytes } = needed
  for (const entry of kept.values()) {
    bytes += entry.bytes
    textBytes += entry.textBytes
  }
  const going: [string, Kept][] = []
  for (const [name, entry] of kept) {
    if (bytes <= bytesMax && textBytes <= textBytesMax) break
    if (entry.bytes === 0) continue
    bytes -= entry.bytes
    textBytes -= entry.textBytes
    going.push([name, entry])
  }
  return going
}

/** The files as they are seen now; undefined when one of them no longer holds what was read. */
async function stillThere(
  files: readonly SeenFile[],
  nowMs: () => number,
): Promise<readonly SeenFile[] | undefined> {
  const seen: SeenFile[] = []
  for (const file of files) {
    const now = await look(file, nowMs)
    if (!now) return undefined
    seen.push(now)
  }
  return seen
}

/** By its stamp, where that is old enough to be trusted; else by its bytes. */
async function look(file: SeenFile, nowMs: () => number): Promise<SeenFile | undefined> {
  const { path, stamp, digest, seenAtMs } = file
  const now = await stampFile(path)
  if (now.size !== stamp.size) return undefined
  if (isSameStamp(now, stamp) && seenAtMs - now.changedMs > stepMs) return file
  const beganMs = nowMs()
  if ((await digestFile(path)) !== digest) return undefined
  return isSameStamp(await stampFile(path), now) ? { path, digest, stamp: now, seenAtMs: beganMs } : undefined
}
