import type { FieldMoments, FieldScale } from '@consort/protocol'

/**
 * Mean and standard deviation (divided by the count) of the union of several sets of records, from the moments of
 * each: Chan, Golub, LeVeque 1979, equation 2.1. Fields in the order in which they first appear.
 */
export function poolMoments(parts: readonly (readonly FieldMoments[])[]): FieldScale[] {
  const pooled = new Map<string, FieldMoments>()
  for (const part of parts) {
    for (const moments of part) {
      const before = pooled.get(moments.field)
      pooled.set(moments.field, before ? merge(before, moments) : moments)
    }
  }
  return [...pooled.values()].map(({ field, count, mean, m2 }) => ({
    field,
    count,
    mean,
    deviation: Math.sqrt(m2 / count),
  }))
}

function merge(a: FieldMoments, b: FieldMoments): FieldMoments {
  const count = a.count + b.count
  const apart = b.mean - a.mean
  return {
    field: a.field,
    count,
    mean: a.mean + (apart * b.count) / count,
    m2: a.m2 + b.m2 + (apart * apart * a.count * b.count) / count,
  }
}
