import { createRandom, type Random } from '@consort/protocol'
import { type Ask, type Candidates, gapScores, normalOf } from './label-only.ts'

/** How many questions a record costs. */
export interface Effort {
  /** Random directions to begin with. */
  readonly starts: number
  /** Times that the nearest place of another class is looked for anew. */
  readonly steps: number
  /** Points around that place from which the border's normal is estimated. */
  readonly probes: number
}

/**
 * Label-only membership inference by the distance to where the class changes (Choquette-Choo et al. 2021, section 4.2),
 * found from labels as HopSkipJump does (Chen, Jordan, Wainwright 2020): estimate the normal of the border at the
 * nearest place known, turn towards it, bisect. 0 for what the model gets wrong, else 1 + the distance. All records at
 * once.
 */
export async function boundaryScores(
  candidates: Candidates,
  ask: Ask,
  { starts, steps, probes, seed }: Effort & { seed: number },
): Promise<Float64Array> {
  const random = createRandom(seed)
  let found = await begin(candidates, ask, { starts, random })
  for (let step = 1; step <= steps; step++) {
    const normals = await normalsAt(candidates, ask, { found, probes, step, random })
    const turned = found.flatMap(({ along }, record) =>
      turns.map(turn => unit(along.map((value, at) => (1 - turn) * value + turn * normals[record]![at]!))),
    )
    found = await nearestFlip(candidates, ask, { along: turned, radii: fractions, found })
    found = await bisect(candidates, ask, found)
  }
  const gap = await gapScores(candidates, ask)
  return gap.map((right, record) => (right === 1 ? 1 + found[record]!.distance : 0))
}

/** The nearest place of another class that is known for a record. */
interface Found {
  readonly distance: number
  /** Of length 1. */
  readonly along: Float32Array
}

const radii = Array.from({ length: 16 }, (_, index) => 0.1 * 1.45 ** index)
/** Parts of the way from the present direction to the normal, and of the present distance. */
const turns = [0.2, 0.5, 1]
const fractions = [0.5, 0.65, 0.8, 0.9, 0.97]
const halvings = 8

/** How many questions a record costs `boundaryScores`. */
export function questionsOf({ starts, steps, probes }: Effort): number {
  return 1 + starts * radii.length + halvings + steps * (probes + turns.length * fractions.length + halvings)
}

async function begin(
  candidates: Candidates,
  ask: Ask,
  { starts, random }: { starts: number; random: Random },
): Promise<Found[]> {
  const width = candidates.inputs.length / candidates.count
  const drawn = () => unit(Float32Array.from({ length: width }, () => normalOf(random)))
  const along = Array.from({ length: candidates.count * starts }, drawn)
  const found = Array.from({ length: candidates.count }, (_, record) => ({
    distance: radii.at(-1)!,
    along: along[record * starts]!,
  }))
  return await bisect(candidates, ask, await nearestFlip(candidates, ask, { along, radii, found }))
}

/** Looks at every radius along every direction of a record; those of later steps are parts of its present distance. */
async function nearestFlip(
  candidates: Candidates,
  ask: Ask,
  of: { along: readonly Float32Array[]; radii: readonly number[]; found: readonly Found[] },
): Promise<Found[]> {
  const each = of.along.length / candidates.count
  const tried = of.found.flatMap(({ distance }, record) =>
    of.along
      .slice(record * each, (record + 1) * each)
      .flatMap(along =>
        of.radii.map(radius => ({ along, distance: of.radii === radii ? radius : radius * distance })),
      ),
  )
  const flips = await flipsAt(candidates, ask, tried)
  const per = tried.length / candidates.count
  return of.found.map((best, record) => {
    const own = tried.slice(record * per, (record + 1) * per)
    return own.reduce<Found>(
      (nearest, one, index) =>
        flips[record * per + index] && one.distance < nearest.distance ? one : nearest,
      best,
    )
  })
}

async function bisect(candidates: Candidates, ask: Ask, found: readonly Found[]): Promise<Found[]> {
  const sides = found.map(({ distance }) => ({ low: 0, high: distance }))
  for (let turn = 0; turn < halvings; turn++) {
    const middle = sides.map(({ low, high }) => (low + high) / 2)
    const points = found.map(({ along }, record) => ({ along, distance: middle[record]! }))
    const flips = await flipsAt(candidates, ask, points)
    for (const [record, side] of sides.entries()) side[flips[record] ? 'high' : 'low'] = middle[record]!
  }
  return found.map(({ along }, record) => ({ along, distance: sides[record]!.high }))
}

/** Chen, Jordan, Wainwright 2020, equation 16: the mean of probes by the side on which they fall. */
async function normalsAt(
  candidates: Candidates,
  ask: Ask,
  { found, probes, step, random }: { found: readonly Found[]; probes: number; step: number; random: Random },
): Promise<Float32Array[]> {
  const width = candidates.inputs.length / candidates.count
  const drawn = found.map(() =>
    Array.from({ length: probes }, () => Float32Array.from({ length: width }, () => normalOf(random))),
  )
  const points = found.flatMap(({ distance, along }, record) => {
    const spread = 0.3 / Math.sqrt(width * step)
    return drawn[record]!.map(probe => ({
      distance,
      along: along.map((value, at) => value + spread * probe[at]!),
    }))
  })
  const flips = await flipsAt(candidates, ask, points)
  return found.map((_, record) => {
    const own = flips.subarray(record * probes, (record + 1) * probes)
    const share = own.reduce((sum, flip) => sum + flip, 0) / probes
    const normal = new Float32Array(width)
    for (const [index, probe] of drawn[record]!.entries())
      for (const [at, value] of probe.entries()) normal[at]! += (own[index]! - share) * value
    return unit(normal)
  })
}

/**
 * 1 where the model says another class than the record's label; as many points for each record, record after record.
 */
async function flipsAt(
  { count, inputs, labels }: Candidates,
  ask: Ask,
  points: readonly Found[],
): Promise<Uint8Array> {
  const [width, per] = [inputs.length / count, points.length / count]
  const placed = new Float32Array(points.length * width)
  for (const [point, { along, distance }] of points.entries()) {
    const from = Math.floor(point / per) * width
    for (let at = 0; at < width; at++) placed[point * width + at] = inputs[from + at]! + distance * along[at]!
  }
  const { classes } = await ask(placed, points.length)
  return Uint8Array.from(points, (_, point) => (classes[point] === labels[Math.floor(point / per)] ? 0 : 1))
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector) || 1
  return vector.map(value => value / length)
}
