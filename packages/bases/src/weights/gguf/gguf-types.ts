import type { Dtype } from '../../base.ts'

/** The numbers that `ggml.h` gives to kinds of numbers, and those that are read here. */
const readable = new Map<number, Dtype>([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [8, 'Q8_0'],
  [30, 'BF16'],
])

const others = new Map<number, string>([
  ...(['Q5_0', 'Q5_1'] as const).map((name, index) => [6 + index, name] as const),
  ...(['Q8_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_K'] as const).map(
    (name, index) => [9 + index, name] as const,
  ),
])

/** Undefined for a kind that is not read here. */
export const readableType = (type: number): Dtype | undefined => readable.get(type)

/** What people call a kind that is not read here. */
export const ggufTypeName = (type: number): string => others.get(type) ?? `of the unknown type ${type}`
