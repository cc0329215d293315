import type { BaseConfig, BaseFamily } from '@consort/protocol'
import { insideOf, isDerived, type LayoutTensor, layoutOfBase } from '../config/layout-of-base.ts'
import { isDtype } from './codings.ts'
import { ggufNameOf, pairedHeadsOf } from './gguf/gguf-names.ts'
import type { ReadableTensor } from './read-tensor.ts'
import type { StoredTensor, StoredTensors } from './stored-tensor.ts'
import { shown, weightsRefusal } from './weights-refusal.ts'

/**
 * The tensors of a base by the names of its layout. Throws `weights-invalid`, naming the tensor, where the files lack
 * one, hold it in another shape or in numbers that are not read, or hold one that would make it another model.
 */
export function matchedTensors(
  config: BaseConfig,
  stored: StoredTensors,
  format: 'safetensors' | 'gguf',
): ReadonlyMap<string, ReadableTensor> {
  const found = new Map<string, StoredTensor>()
  for (const tensor of stored.values()) {
    const name = format === 'gguf' ? tensor.name : plainName(config.family, tensor.name)
    if (found.has(name))
      throw weightsRefusal(
        tensor.file.name,
        `it has ${shown(name)} twice, as ${shown(found.get(name)!.name)} and as ${shown(tensor.name)}`,
        'One program would take the one, and another the other: keep the weight that counts.',
      )
    found.set(name, tensor)
  }
  const nameOf = (name: string) => (format === 'gguf' ? ggufNameOf(config.family, name) : name)
  const matched = new Map<string, ReadableTensor>()
  const used = new Set<string>()
  const [first] = stored.values()
  const file = first?.file.name ?? 'The file of weights'
  for (const wanted of layoutOfBase(config)) {
    const name = nameOf(wanted.name) ?? wanted.name
    const tensor = found.get(name)
    used.add(name)
    if (tensor) {
      const pairedHeads = format === 'gguf' ? pairedHeadsOf(config, wanted.name) : undefined
      matched.set(wanted.name, { ...readable(tensor, wanted), ...(pairedHeads && { pairedHeads }) })
    } else if (!wanted.isOptional) {
      throw weightsRefusal(
        file,
        `${name} is missing, which config.json asks for`,
        'Take weights and config.json of one and the same model.',
      )
    }
  }
  const inside = format === 'gguf' ? /^(blk|token_|position_)/ : insideOf[config.family]
  const other = [...found.keys()].find(name => inside.test(name) && !used.has(name) && !isDerived(name))
  if (other === undefined) return matched
  throw weightsRefusal(
    file,
    `it has ${shown(other)}, which no ${config.family} of this config has`,
    'Weights and config.json are of different models, or of one that is computed otherwise than here.',
  )
}

function readable(tensor: StoredTensor, wanted: LayoutTensor): ReadableTensor {
  const { file, shape, dtype } = tensor
  const name = shown(tensor.name)
  if (shape.length !== wanted.shape.length || shape.some((side, index) => side !== wanted.shape[index]))
    throw weightsRefusal(
      file.name,
      `${name} is [${shape.join(', ')}], and config.json asks for [${wanted.shape.join(', ')}]`,
      'Take weights and config.json of one and the same model.',
    )
  if (!isDtype(dtype))
    throw weightsRefusal(file.name, `${name} is ${shown(dtype)}`, 'Read are F32, F16 and BF16.')
  return { ...tensor, dtype }
}

/** Names of one family are written with and without the name of the model around them. */
function plainName(family: BaseFamily, name: string): string {
  switch (family) {
    case 'bert':
      return name
        .replace(/^bert\./, '')
        .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
        .replace(/LayerNorm\.beta$/, 'LayerNorm.bias')
    case 'gpt2':
      return name.replace(/^transformer\./, '')
    default:
      return /^(embed_tokens|layers|norm)\./.test(name) ? `model.${name}` : name
  }
}
