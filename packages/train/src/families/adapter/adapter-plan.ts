import {
  type AdapterSpec,
  layoutOf,
  outputsOf,
  type Recipe,
  type TensorLayout,
  tokensMaxOf,
} from '@consort/protocol'
import type { ParameterPlan } from '../../model/layer-parameters.ts'
import { bertPooler } from './networks/bert.ts'
import type { FrozenPlan, LinearPlan, NetworkPlan } from './networks/network.ts'
import { networkOf } from './networks/networks.ts'
import { unfitAdapter } from './networks/unfit-adapter.ts'

export interface AdapterPlan {
  readonly spec: AdapterSpec
  readonly network: NetworkPlan
  /** The longest sequence, in tokens. */
  readonly lengthMax: number
  /** Classes, or 1; 0 where there is no output layer to train. */
  readonly outputs: number
  /** How a text becomes one vector; null where tokens are learnt one by one. */
  readonly pooling: 'mean' | 'first' | 'last' | null
  /** The base's products, by name; the pooler too where it is used. */
  readonly linears: ReadonlyMap<string, LinearPlan>
  /** Those that an adapter changes: the names of its A [rank, inputs] and B [outputs, rank]. */
  readonly adapted: ReadonlyMap<string, { readonly a: string; readonly b: string }>
  /** The output layer's parameters. */
  readonly head: { readonly weight: string; readonly bias?: string } | null
  /** What is trained, and how it begins. */
  readonly parameters: readonly ParameterPlan[]
  readonly layout: TensorLayout
  /** The tensors of the base that are used. */
  readonly frozen: readonly FrozenPlan[]
}

/** What a recipe's adapter trains. Throws `recipe-invalid` with the path of what does not fit the base. */
export function planAdapter(recipe: Recipe): AdapterPlan {
  const { model, input } = recipe
  const lengthMax = tokensMaxOf(input)
  if (model.kind !== 'adapter' || lengthMax === undefined)
    throw unfitAdapter('model.kind', 'this is no adapter of texts')
  if (model.task !== 'classify')
    throw unfitAdapter('model.task', `a run cannot train an adapter to ${model.task} yet: take classify`)
  if (recipe.privacy.differentialPrivacy)
    throw unfitAdapter(
      'privacy.differentialPrivacy',
      'the gradients of an adapter cannot be told apart by example yet',
    )
  return planOf(model, { outputs: outputsOf(recipe), lengthMax })
}

/** The same for an adapter by itself. `outputs` counts for classifiers. */
export function planOf(spec: AdapterSpec, of: { outputs: number; lengthMax: number }): AdapterPlan {
  const { base, task } = spec
  const network = networkOf(base.config)
  if (of.lengthMax > base.config.positions)
    throw unfitAdapter(
      'input.lengthMax',
      `${base.name} reads ${base.config.positions} tokens, not ${of.lengthMax}`,
    )
  const pooling = task === 'generate' ? null : (spec.pooling ?? (network.scores === null ? 'mean' : 'last'))
  const linears = pooling === 'first' ? [...network.linears, poolerOf(spec)] : network.linears
  const prefix = `base_model.model.${task === 'embed' ? '' : network.prefix}`
  const adapted = adaptedOf(spec, linears)
  const outputs = task === 'classify' ? of.outputs : 0
  const head = outputs > 0 ? headOf(network) : null
  refuseOthersSaved(spec, head ? [network.head.name] : [])
  const parameters = [
    ...adapted.flatMap(linear => factorsOf(linear, spec.lora.rank, prefix)),
    ...(head ? headParameters(head, { outputs, inputs: base.config.hidden }) : []),
  ]
  return {
    spec,
    network,
    lengthMax: of.lengthMax,
    outputs,
    pooling,
    linears: new Map(linears.map(linear => [linear.name, linear])),
    adapted: new Map(adapted.map(({ name }) => [name, namesOf(name, prefix)])),
    head,
    parameters,
    layout: layoutOf(parameters),
    frozen: [...network.frozen, ...scoresOf(spec, network), ...linears.flatMap(tensorsOf)],
  }
}

function poolerOf({ base }: AdapterSpec): LinearPlan {
  const { hidden } = base.config
  return { name: bertPooler, inputs: hidden, outputs: hidden, hasBias: true }
}

/** As PEFT: a target names every product whose name is it or ends with it, after a dot. */
function adaptedOf({ lora, base }: AdapterSpec, linears: readonly LinearPlan[]): LinearPlan[] {
  const isOf = ({ name }: LinearPlan, target: string): boolean =>
    name === target || name.endsWith(`.${target}`)
  for (const [index, target] of lora.targets.entries()) {
    if (linears.some(linear => isOf(linear, target))) continue
    const known = [...new Set(linears.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))]
    const why = `no product of ${base.name} is called ${target}: there are ${known.join(', ')}`
    throw unfitAdapter(`model.lora.targets[${index}]`, why)
  }
  return linears.filter(linear => lora.targets.some(target => isOf(linear, target)))
}

function namesOf(name: string, prefix: string): { a: string; b: string } {
  return { a: `${prefix}${name}.lora_A.weight`, b: `${prefix}${name}.lora_B.weight` }
}

/** A begins as PEFT has it by default, uniform within ±1/√inputs, and B at zero: the first step is the base's own. */
function factorsOf({ name, inputs, outputs }: LinearPlan, rank: number, prefix: string): ParameterPlan[] {
  const { a, b } = namesOf(name, prefix)
  return [
    { name: a, shape: [rank, inputs], initial: { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } },
    { name: b, shape: [outputs, rank], initial: { kind: 'zeros' } },
  ]
}

function headOf({ head: { name, hasBias } }: NetworkPlan): NonNullable<AdapterPlan['head']> {
  const weight = `base_model.model.${name}.weight`
  return hasBias ? { weight, bias: `base_model.model.${name}.bias` } : { weight }
}

function headParameters(
  { weight, bias }: NonNullable<AdapterPlan['head']>,
  { outputs, inputs }: { outputs: number; inputs: number },
): ParameterPlan[] {
  const initial = { kind: 'glorot', fanIn: inputs, fanOut: outputs } as const
  const weights: ParameterPlan = { name: weight, shape: [outputs, inputs], initial }
  return bias ? [weights, { name: bias, shape: [outputs], initial: { kind: 'zeros' } }] : [weights]
}

function refuseOthersSaved({ lora, base }: AdapterSpec, heads: readonly string[]): void {
  for (const [index, name] of lora.modulesToSave.entries()) {
    if (heads.includes(name)) continue
    const why = `${name} would begin as it is in ${base.name}, which the hub does not have`
    const may = heads.length > 0 ? `: only ${heads.join()} can be trained as a whole` : ''
    throw unfitAdapter(`model.lora.modulesToSave[${index}]`, `${why}${may}`)
  }
}

function scoresOf({ task, base }: AdapterSpec, { scores, frozen }: NetworkPlan): FrozenPlan[] {
  if (task !== 'generate' || !scores || frozen.some(({ name }) => name === scores)) return []
  return [{ name: scores, shape: [base.config.vocabulary, base.config.hidden] }]
}

function tensorsOf({ name, inputs, outputs, hasBias, isTransposed }: LinearPlan): FrozenPlan[] {
  const weight = { name: `${name}.weight`, shape: isTransposed ? [inputs, outputs] : [outputs, inputs] }
  return hasBias ? [weight, { name: `${name}.bias`, shape: [outputs] }] : [weight]
}
