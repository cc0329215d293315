import { createSeededRandom, type SeededRandom } from '@consort/basics'

/**
 * Deals examples out to partners whose labels differ, for demonstrations and tests: for each class the parts
 * receive shares drawn from Dirichlet(`alpha`, …, `alpha`). A large alpha gives every part the same mix, a small
 * one (0.1) leaves most parts with a few classes; a part may then be empty. Every index is in exactly one part,
 * ascending; equal seeds give equal parts.
 *
 * Label skew by a Dirichlet distribution: Hsu, Qi, Brown 2019, arXiv:1909.06335; shares drawn for each class over
 * the parts, so that all examples are used: Yurochkin et al. 2019, arXiv:1905.12022, section 4.
 */
export function dirichletSplit(
  labels: readonly string[] | Int32Array,
  { parts, alpha, seed }: { parts: number; alpha: number; seed: number },
): Int32Array[] {
  if (!(Number.isInteger(parts) && parts >= 1 && alpha > 0 && alpha <= 1e6)) {
    throw new RangeError(`No split into ${parts} parts with alpha ${alpha}`)
  }
  const random = createSeededRandom(seed)
  const dealt: number[][] = Array.from({ length: parts }, () => [])
  for (const indices of indicesByClass(labels)) {
    random.shuffle(indices)
    const shares = drawDirichlet(random, { parts, alpha })
    let cumulative = 0
    let begin = 0
    shares.forEach((share, part) => {
      cumulative += share
      const end = part === parts - 1 ? indices.length : Math.round(cumulative * indices.length)
      for (const index of indices.slice(begin, end)) dealt[part]!.push(index)
      begin = end
    })
  }
  return dealt.map(indices => Int32Array.from(indices).sort())
}

/** Classes in the order of their names, so that the split does not depend on which example comes first. */
function indicesByClass(labels: readonly string[] | Int32Array): number[][] {
  const classes = new Map<string, number[]>()
  labels.forEach((label, index) => {
    const name = String(label)
    const indices = classes.get(name)
    if (indices === undefined) classes.set(name, [index])
    else indices.push(index)
  })
  return [...classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, indices]) => indices)
}

/** Normalised Gamma(alpha) draws; relative to the largest, so that alpha may be tiny. */
function drawDirichlet(random: SeededRandom, { parts, alpha }: { parts: number; alpha: number }): number[] {
  const logs = Array.from({ length: parts }, () => random.logGamma(alpha))
  const largest = Math.max(...logs)
  const weights = logs.map(log => Math.exp(log - largest))
  const sum = weights.reduce((total, weight) => total + weight)
  return weights.map(weight => weight / sum)
}
