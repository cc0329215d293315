import { z } from 'zod'

/** A value of one of several kinds, which its field `kind` tells apart. At least one schema. */
export function unionByKind<Schema extends z.core.$ZodTypeDiscriminable>(schemas: readonly Schema[]) {
  const [first, ...others] = schemas
  if (first === undefined) throw new RangeError('a union of no kinds takes nothing')
  return z.discriminatedUnion('kind', [first, ...others])
}
