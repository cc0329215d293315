let table: Float32Array | undefined

/** The float32 of each of the 65,536 float16 (IEEE 754-2019, binary16), made at the first use. */
export function floatsOfHalves(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, half) => floatOfHalf(half))
  return table
}

function floatOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
