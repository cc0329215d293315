/** Keeps the last bytes of a stream, however long it is. */
export interface Tail {
  readonly add: (bytes: Buffer) => void
  readonly text: () => string
}

/** Starts empty. */
export function createTail(bytesMax: number): Tail {
  let kept: Buffer[] = []
  let size = 0
  const trim = (): void => {
    const last = Buffer.concat(kept).subarray(-bytesMax)
    kept = [last]
    size = last.length
  }
  return {
    add(bytes) {
      kept.push(bytes)
      size += bytes.length
      if (size > 2 * bytesMax) trim()
    },
    text() {
      trim()
      return kept[0]!.toString('utf8')
    },
  }
}
