import type { BaseConfig, BaseFamily } from '@consort/protocol'
import { layoutOfBase } from '../config/layout-of-base.ts'
import type { AdapterTask } from './adapter-config.ts'

/** A linear layer of a base that an adapter can change. */
export interface AdaptedLayer {
  /** As the base's tensor, without `.weight`. */
  readonly name: string
  readonly into: number
  readonly out: number
  /** A file may leave it out. */
  readonly isOptional: boolean
}

const tables = /^(embeddings\.|wte|wpe|model\.embed_tokens|lm_head)/

/** The linear layers whose names end in one of the targets, as PEFT matches them, in the order of the layout. */
export function adaptedLayers(config: BaseConfig, targets: readonly string[]): AdaptedLayer[] {
  return layoutOfBase(config).flatMap(({ name: weight, shape, isOptional = false }) => {
    const [first, second] = shape
    if (second === undefined || first === undefined || tables.test(weight)) return []
    const name = weight.replace(/\.weight$/, '')
    if (!targets.some(target => name === target || name.endsWith(`.${target}`))) return []
    const [out, into] = config.family === 'gpt2' ? [second, first] : [first, second]
    return [{ name, into, out, isOptional }]
  })
}

const wrapped: Readonly<Record<BaseFamily, { readonly inside: string; readonly alone: RegExp }>> = {
  bert: { inside: 'bert.', alone: /^/ },
  gpt2: { inside: 'transformer.', alone: /^/ },
  llama: { inside: '', alone: /^model\./ },
  qwen2: { inside: '', alone: /^model\./ },
}

/** What PEFT calls a layer of a base: with the model of the task around it. */
export function peftNameOf(family: BaseFamily, task: AdapterTask, layer: string): string {
  const { inside, alone } = wrapped[family]
  const name = task === 'FEATURE_EXTRACTION' ? layer.replace(alone, '') : `${inside}${layer}`
  return `base_model.model.${name}`
}
