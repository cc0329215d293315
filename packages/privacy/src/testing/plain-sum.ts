import { expandSecrets } from '../secure-aggregation/keys/member-secrets.ts'
import type { Shared } from '../secure-aggregation/participant/participant.ts'
import { openKeystream } from '../secure-aggregation/ring/keystream.ts'
import { dequantiser, quantise } from '../secure-aggregation/ring/quantise.ts'
import { memberOf } from '../secure-aggregation/round-context.ts'

/** What a member's masks cover: its update, rounded with the randomness that its kept state fixes. */
export function plainInput({ context, self, seed, digest }: Shared, update: Float32Array): Uint32Array {
  const into = new Uint32Array(update.length)
  const random = openKeystream(expandSecrets(seed, digest).rounding)(update.length)
  const scale = memberOf(context, self).weight / context.weightCap
  quantise(update, { clip: context.clip, scale, beyond: 'clip' }, { into, random })
  return into
}

/** The mean that must come out, bit for bit, from these members' plain inputs. */
export function plainMean(members: readonly { state: Shared; update: Float32Array }[]): Float32Array {
  const { context } = members[0]!.state
  const inputs = members.map(({ state, update }) => plainInput(state, update))
  const weightTotal = members.reduce((total, { state }) => total + memberOf(context, state.self).weight, 0)
  const { clip, weightCap } = context
  const { factor, offset } = dequantiser({ members: members.length, clip, weightCap, weightTotal })
  return Float32Array.from(
    { length: context.values },
    (_, index) => inputs.reduce((sum, input) => sum + input[index]!, 0) * factor + offset,
  )
}
