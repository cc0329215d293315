import type { AnyExamples } from '@consort/records'
import { sizeOf } from './graph/shapes.ts'
import { createRowWriter } from './row-writer.ts'

/**
 * The inputs of `count` examples from `from` on (all when absent), as floats of their own: those of tables and texts
 * as the model takes them, pixels as the numbers 0 to 255.
 */
export function inputRows(
  { count: all, inputShape, inputs }: AnyExamples,
  from = 0,
  count = all - from,
): Float32Array<ArrayBuffer> {
  const size = sizeOf(inputShape)
  if ('length' in inputs) return Float32Array.from(inputs.subarray(from * size, (from + count) * size))
  const rows = new Float32Array(count * size)
  const indices = Int32Array.from({ length: count }, (_, place) => from + place)
  createRowWriter(inputs, size)(rows, indices)
  return rows
}
