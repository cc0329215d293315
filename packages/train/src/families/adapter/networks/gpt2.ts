import type { BaseConfigOf } from '@consort/protocol'
import type { Value } from '../../../graph/graph.ts'
import { add } from '../../../ops/elementwise.ts'
import { gather, reshape, slice, transpose } from '../../../ops/movement.ts'
import { attention } from '../../../transformer/attention.ts'
import { activated } from '../../../transformer/gated.ts'
import { layerNorm, layerNormPlan } from './layer-norm.ts'
import type { LinearPlan, NetworkPlan, Parts, Tokens } from './network.ts'

type Config = BaseConfigOf<'gpt2'>

/** GPT2Model (Radford et al. 2019), whose products lie as [inputs, outputs]. */
export function gpt2(config: Config): NetworkPlan {
  const { hidden, intermediate, layers } = config
  const norm = (name: string) => layerNormPlan(name, hidden)
  const linear = (name: string, inputs: number, outputs: number): LinearPlan => ({
    name,
    inputs,
    outputs,
    hasBias: true,
    isTransposed: true,
  })
  const indices = Array.from({ length: layers }, (_, layer) => layer)
  return {
    linears: indices.flatMap(layer => [
      linear(`h.${layer}.attn.c_attn`, hidden, 3 * hidden),
      linear(`h.${layer}.attn.c_proj`, hidden, hidden),
      linear(`h.${layer}.mlp.c_fc`, hidden, intermediate),
      linear(`h.${layer}.mlp.c_proj`, intermediate, hidden),
    ]),
    frozen: [
      { name: 'wte.weight', shape: [config.vocabulary, hidden] },
      { name: 'wpe.weight', shape: [config.positions, hidden] },
      ...indices.flatMap(layer => [...norm(`h.${layer}.ln_1`), ...norm(`h.${layer}.ln_2`)]),
      ...norm('ln_f'),
    ],
    scores: 'wte.weight',
    prefix: 'transformer.',
    looksAhead: false,
    head: { name: 'score', hasBias: false },
    forward: (parts, tokens) => forward(config, parts, tokens),
  }
}

function forward(config: Config, { frozen, linear }: Parts, { ids }: Tokens): Value {
  const [batch, length] = ids.shape as [number, number]
  const { hidden, heads, normEpsilon: epsilon } = config
  const norm = (input: Value, name: string): Value => layerNorm(input, name, { frozen, epsilon })
  const partOf = (x: Value, index: number): Value => {
    const part = slice(x, [{ axis: 1, start: index * hidden, count: hidden }])
    return transpose(reshape(part, [batch, length, heads, hidden / heads]), [0, 2, 1, 3])
  }
  const places = slice(frozen('wpe.weight'), [{ axis: 0, start: 0, count: length }])
  let x = reshape(add(gather(frozen('wte.weight'), ids), places), [batch * length, hidden])
  for (let layer = 0; layer < config.layers; layer++) {
    const all = linear(norm(x, `h.${layer}.ln_1`), `h.${layer}.attn.c_attn`)
    const [queries, keys, values] = [partOf(all, 0), partOf(all, 1), partOf(all, 2)]
    const seen = attention({ queries, keys, values, isCausal: true })
    const merged = reshape(transpose(seen, [0, 2, 1, 3]), [batch * length, hidden])
    x = add(x, linear(merged, `h.${layer}.attn.c_proj`))
    const inner = linear(norm(x, `h.${layer}.ln_2`), `h.${layer}.mlp.c_fc`)
    x = add(x, linear(activated(config.activation, inner), `h.${layer}.mlp.c_proj`))
  }
  return norm(x, 'ln_f')
}
