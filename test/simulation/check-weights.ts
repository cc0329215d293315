import { hubEndpoints, type Id, type RunView } from '@consort/protocol'
import type { Ended } from './invariants.ts'
import type { Trained } from './stub-engine.ts'

type Round = RunView['history'][number]

/**
 * The weights of a run are, bit for bit, what its members have trained, added up by hand in the order of their names,
 * round by round from the last to the first: earlier versions are not kept, but whoever trained began with them.
 * A secure sum rounds to its fixed point, so its rounds agree to `tolerance`.
 */
export async function checkWeights(
  ended: Ended,
  view: RunView,
  { tolerance }: { tolerance: number },
): Promise<void> {
  if (view.result === null) return ended.onWrong(`run ${view.id} is done and has no result`)
  let weights = await weightsOf(ended, view.result)
  const rounds = view.history.filter(round => membersOf(round).length > 0)
  for (const round of rounds.toReversed()) {
    const from = beginningOf(round, weights, { trained: ended.trained, tolerance })
    if (!from)
      return ended.onWrong(`round ${round.round} of ${view.id} is not the average of what was trained`)
    weights = from
  }
}

function membersOf({ members }: Round): { name: string; weight: number }[] {
  return members
    .flatMap(({ name, weight }) => (weight === null ? [] : [{ name, weight }]))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The weights from which the members of a round trained what gives `to`; undefined where there are none. */
function beginningOf(
  round: Round,
  to: Float32Array,
  { trained, tolerance }: { trained: readonly Trained[]; tolerance: number },
): Float32Array | undefined {
  const members = membersOf(round)
  const pieces = members.map(({ name }) => trained.filter(({ member }) => member === name))
  return pieces[0]?.find(({ from }) => {
    const updates = pieces.map(all => all.find(piece => isNear(piece.from, from, 0)))
    const sum = new Float64Array(to.length)
    for (const [index, update] of updates.entries())
      for (let at = 0; at < sum.length; at++)
        sum[at]! += members[index]!.weight * (update?.to[at] ?? Number.NaN)
    return isNear(new Float32Array(sum), to, tolerance)
  })?.from
}

function isNear(one: Float32Array, other: Float32Array, tolerance: number): boolean {
  return one.length === other.length && one.every((value, at) => Math.abs(value - other[at]!) <= tolerance)
}

async function weightsOf({ people }: Ended, version: Id<'version'>): Promise<Float32Array> {
  const { weights } = await people.operator(hubEndpoints.getModel, { params: { version } })
  const chunks: Uint8Array[] = []
  for (const { digest } of weights.chunks)
    chunks.push(await people.operator(hubEndpoints.getModelChunk, { params: { version, digest } }))
  const file = Buffer.concat(chunks)
  const head = 8 + Number(file.readBigUInt64LE(0)) // safetensors: the length of the head, the head, the numbers
  return new Float32Array(Uint8Array.from(file.subarray(head)).buffer)
}
