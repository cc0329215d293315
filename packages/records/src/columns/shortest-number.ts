const zero = 0x30
const point = 0x2e
/** Exact float64, all of them. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** Below it JavaScript writes an exponent. */
const plainMin = 1e-6
const bits = new DataView(new ArrayBuffer(8))
/** What the last bits of a comparison may decide is left to the slow way. */
const margin = 1e-9

/**
 * The float64 of digits with at most one point among them, of which `decimals` stand behind the point, if JavaScript
 * writes that float64 with these very digits; NaN where it does not, and where this cannot be told fast (more than 17
 * digits beside zeros in front, near halves, powers of two).
 *
 * With w the digits as an integer, k the decimals and v the float64: R = w − v·10ᵏ is worked out without an error. Then
 * v is the float64 nearest to the text if |R| < H, half the distance between float64s there, times 10ᵏ (as Number has
 * it). These digits are what is written if no shorter ones are nearer to v than H, which are multiples of 10, and no
 * other ones of this length are nearer than these: |R| < ½.
 */
export function shortestNumber(bytes: Uint8Array, start: number, end: number, decimals: number): number {
  if (decimals >= powersOfTen.length) return Number.NaN
  const power = powersOfTen[decimals]!
  let high = 0
  let low = 0
  let left = end - start - (decimals > 0 ? 1 : 0)
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === point) continue
    if (left > 8) high = high * 10 + byte - zero
    else low = low * 10 + byte - zero
    left--
  }
  if (high >= 1e9) return Number.NaN
  high *= 1e8
  let value = (high + low) / power
  let rest = restOf(high, low, value, power)
  value += rest / power
  rest = restOf(high, low, value, power)
  const half = halfStep(value) * power
  const last = low % 10
  const isNearest = Math.abs(rest) < half * (1 - margin) && Math.abs(rest) < 0.5 - margin
  const isShortest = Math.min(last - rest, 10 - last + rest) > half * (1 + margin) + margin
  return isNearest && isShortest && value >= plainMin ? value : Number.NaN
}

/**
 * high + low − value · power. Both differences are exact (Sterbenz), since the product is near high + low and high is 0
 * or more than low; the product's own error is Dekker's (1971).
 */
function restOf(high: number, low: number, value: number, power: number): number {
  const product = value * power
  const [valueHigh, powerHigh] = [upperHalf(value), upperHalf(power)]
  const [valueLow, powerLow] = [value - valueHigh, power - powerHigh]
  const error =
    valueHigh * powerHigh - product + valueHigh * powerLow + valueLow * powerHigh + valueLow * powerLow
  return high - product + low - error
}

/** The upper 26 bits of a float64 (Veltkamp 1968). */
function upperHalf(value: number): number {
  const scaled = 134_217_729 * value
  return scaled - (scaled - value)
}

/** Half the distance to the next float64; infinite for a power of two, whose neighbours are not equally far. */
function halfStep(value: number): number {
  bits.setFloat64(0, value)
  const top = bits.getUint32(0)
  if ((top & 0xfffff) === 0 && bits.getUint32(4) === 0) return Number.POSITIVE_INFINITY
  bits.setUint32(0, (top & 0x7ff00000) - (53 << 20))
  bits.setUint32(4, 0)
  return bits.getFloat64(0)
}
