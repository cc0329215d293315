/** The middle of the bin of `width` that holds the value, counted from `from`; beyond [from, to] the end decides. */
export function binMiddle(
  value: number,
  { width, from, to }: { width: number; from: number; to?: number | undefined },
): number {
  const inside = to === undefined ? value : Math.min(Math.max(value, from), to)
  const last = to === undefined ? Number.POSITIVE_INFINITY : Math.ceil((to - from) / width) - 1
  const bin = Math.min(Math.floor((inside - from) / width), last)
  return Number((from + (bin + 0.5) * width).toPrecision(12)) // 0.30000000000000004 helps nobody
}

/** The class of a value between increasing edges: `<18`, `18..65` (65 is not in it), `>=65`. */
export function bucketName(value: number, edges: readonly number[]): string {
  const above = edges.findIndex(edge => value < edge)
  if (above === 0) return `<${edges[0]}`
  if (above === -1) return `>=${edges.at(-1)}`
  return `${edges[above - 1]}..${edges[above]}`
}

/** The first `length` characters and a star that does not tell how many follow. */
export function prefixOf(value: string, length: number): string {
  return `${[...value.normalize('NFKC').trim()].slice(0, length).join('')}*`
}

/** The value so many levels up, the top where there are fewer; undefined for a value that is not in the table. */
export function broaderValue(
  value: string,
  { broader, levels }: { broader: ReadonlyMap<string, string>; levels: number },
): string | undefined {
  let reached = broader.get(value)
  for (let level = 1; level < levels && reached !== undefined; level++)
    reached = broader.get(reached) ?? reached
  return reached
}
