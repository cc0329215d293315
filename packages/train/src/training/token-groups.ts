/** Examples of one batch that go through the network together, padded to one length. */
export interface TokenGroup {
  readonly length: number
  readonly indices: Int32Array
}

/** Fewer tokens than these are not worth a pass of their own: they join the next longer ones. */
const tokensMin = 256

/** So many tokens, padding included, go through the network at one time; a single longer example goes alone. */
const tokensMax = 1024

/** The most rows of a group of this length. */
export function rowsMaxOf(length: number): number {
  return Math.max(1, Math.floor(tokensMax / length))
}

/**
 * The padded length of `count` tokens: 8, 16, 24, 32, 48, 64, 96 … and `lengthMax`, so that there are few graphs, and
 * at most a third of each is padding, but for the shortest.
 */
export function paddedLength(count: number, lengthMax: number): number {
  const octave = 2 ** Math.floor(Math.log2(Math.max(1, count - 1)))
  const step = Math.max(8, octave / 2)
  return Math.min(lengthMax, Math.ceil(Math.max(1, count) / step) * step)
}

/** Cuts a batch into groups of like length. `lengthOf` says how many tokens an example has. */
export function tokenGroups(
  indices: Int32Array,
  lengthOf: (index: number) => number,
  lengthMax: number,
): TokenGroup[] {
  const byLength = new Map<number, number[]>()
  for (const index of indices) {
    const length = paddedLength(lengthOf(index), lengthMax)
    const alike = byLength.get(length)
    if (alike) alike.push(index)
    else byLength.set(length, [index])
  }
  const lengths = [...byLength.keys()].sort((a, b) => a - b)
  const groups: TokenGroup[] = []
  let waiting: number[] = []
  for (const [at, length] of lengths.entries()) {
    waiting = waiting.concat(byLength.get(length)!)
    const isLast = at === lengths.length - 1
    if (!isLast && waiting.length * length < tokensMin) continue
    for (const group of cut(waiting, length)) groups.push(group)
    waiting = []
  }
  return groups
}

/** Into as few parts as `tokensMax` allows, of nearly equal size. */
function cut(indices: readonly number[], length: number): TokenGroup[] {
  const parts = Math.ceil(indices.length / rowsMaxOf(length))
  return Array.from({ length: parts }, (_, part) => {
    const [start, end] = [part, part + 1].map(at => Math.floor((at * indices.length) / parts))
    return { length, indices: Int32Array.from(indices.slice(start, end)) }
  })
}
