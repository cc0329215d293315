/** A smooth convex loss at one point. */
export interface Loss {
  readonly value: number
  readonly slope: Float64Array
}

interface Pair {
  readonly moved: Float64Array
  readonly bent: Float64Array
  readonly curvature: number
}

const stepsMax = 500
const pairsMax = 10

/**
 * The parameters where a smooth convex loss is least: limited-memory BFGS (Nocedal 1980; Nocedal, Wright 2006,
 * algorithms
 * 7.4 and 3.1) with ten pairs. Stops where the slope is shorter than 1e-9, where steps no longer descend by more than
 * rounding, or after 500 steps.
 */
export function descend(start: Float64Array, at: (parameters: Float64Array) => Loss): Float64Array {
  let here = start
  let loss = at(here)
  const pairs: Pair[] = []
  for (let step = 0; step < stepsMax && dot(loss.slope, loss.slope) > 1e-18; step++) {
    const direction = directionOf(loss.slope, pairs)
    const next = searchAlong(here, direction, loss, at)
    if (!next) return here
    const isDone = loss.value - next.loss.value <= 1e-15 * Math.abs(loss.value)
    const moved = next.here.map((value, index) => value - here[index]!)
    const bent = next.loss.slope.map((value, index) => value - loss.slope[index]!)
    const curvature = dot(moved, bent)
    if (curvature > 0) pairs.push({ moved, bent, curvature })
    if (pairs.length > pairsMax) pairs.shift()
    ;({ here, loss } = next)
    if (isDone) break
  }
  return here
}

/** Less the inverse of the curvature seen so far, times the slope: the two loops of algorithm 7.4. */
function directionOf(slope: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = slope.map(value => -value)
  const shares = pairs.map(() => 0)
  for (let index = pairs.length - 1; index >= 0; index--) {
    const { moved, bent, curvature } = pairs[index]!
    shares[index] = dot(moved, direction) / curvature
    addScaled(direction, bent, -shares[index]!)
  }
  const last = pairs.at(-1)
  const scale = last ? last.curvature / dot(last.bent, last.bent) : 1
  for (let index = 0; index < direction.length; index++) direction[index]! *= scale
  for (const [index, { moved, bent, curvature }] of pairs.entries()) {
    addScaled(direction, moved, shares[index]! - dot(bent, direction) / curvature)
  }
  return direction
}

/** The first of the steps 1, ½, ¼ … that descends by a ten-thousandth of what the slope promises. */
function searchAlong(
  from: Float64Array,
  direction: Float64Array,
  { value, slope }: Loss,
  at: (parameters: Float64Array) => Loss,
): { here: Float64Array; loss: Loss } | undefined {
  const promised = dot(slope, direction)
  for (let rate = 1; rate > 1e-14; rate /= 2) {
    const here = from.map((parameter, index) => parameter + rate * direction[index]!)
    const loss = at(here)
    if (loss.value <= value + 1e-4 * rate * promised) return { here, loss }
  }
  return undefined
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

function addScaled(target: Float64Array, added: Float64Array, scale: number): void {
  for (let index = 0; index < target.length; index++) target[index]! += scale * added[index]!
}
