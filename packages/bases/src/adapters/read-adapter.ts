import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, type NamedTensor, Refusal } from '@consort/protocol'
import type { OpenBase } from '../base.ts'
import { readJson } from '../files/open-tensors.ts'
import { isDtype } from '../weights/codings.ts'
import { openWeightsFile } from '../weights/open-weights-file.ts'
import { type ReadableTensor, readTensor } from '../weights/read-tensor.ts'
import { readSafetensors } from '../weights/safetensors/read-safetensors.ts'
import type { StoredTensor } from '../weights/stored-tensor.ts'
import { shown } from '../weights/weights-refusal.ts'
import { type AdaptedLayer, adaptedLayers, peftNameOf } from './adapted-layers.ts'
import { type AdapterConfig, readAdapterConfig, readOrigin } from './adapter-config.ts'
import { adapterRefusal, configName, originName, tensorsName } from './adapter-refusal.ts'

export interface Adapter {
  readonly config: AdapterConfig
  /**
   * `LAYER.lora_A` [rank, in] and `LAYER.lora_B` [out, rank] for each adapted layer of the base, in the order of its
   * layout; then what is trained as a whole, such as `classifier.weight`.
   */
  readonly tensors: readonly NamedTensor[]
}

export interface AdapterExpected {
  /** What the adapter may call its base, beside the name that the base has here. */
  readonly alsoCalled?: readonly string[]
  /** What a recipe asks for. */
  readonly lora?: Partial<Pick<AdapterConfig, 'task' | 'rank' | 'alpha' | 'targets' | 'modulesToSave'>>
}

/**
 * Reads an adapter as PEFT saves one (`adapter_config.json`, `adapter_model.safetensors`) for a base. It is refused
 * with `weights-invalid` by the name of what does not fit: another base, rank, layer, prefix, shape or kind of numbers,
 * a layer that is missing. So an adapter never counts in part, and the bare base is never served in its place.
 */
export async function readAdapter(
  folder: string,
  base: Pick<OpenBase, 'name' | 'sha256' | 'config'>,
  expected: AdapterExpected = {},
): Promise<Adapter> {
  const names = await readdir(folder)
  if (!names.includes(tensorsName) && names.includes('adapter_model.bin'))
    throw new Refusal(
      'weights-invalid',
      'adapter_model.bin is a pickle: a program, which runs when it is read',
      {
        hint: 'Save the adapter anew with PEFT, as safetensors.',
      },
    )
  const said = readAdapterConfig(await readJson(folder, configName))
  const origin = names.includes(originName) ? readOrigin(await readJson(folder, originName)) : undefined
  checkBase(said.baseName, origin, base, expected.alsoCalled ?? [])
  if (!names.includes(tensorsName))
    throw adapterRefusal(tensorsName, 'it is missing', 'Copy it beside the config.')
  const file = await openWeightsFile(join(folder, tensorsName))
  try {
    const stored = await readSafetensors(file)
    const tensors: NamedTensor[] = []
    const found = matched(said, base, stored)
    const config = { ...said, modulesToSave: savedModules(said, [...found.keys()]) }
    checkExpected(config, expected.lora ?? {})
    for (const [name, tensor] of found) {
      const data = await readTensor(tensor)
      if (!data.every(Number.isFinite))
        throw adapterRefusal(
          tensorsName,
          `${shown(tensor.name)} holds a number that is not finite`,
          'Train it anew.',
        )
      tensors.push({ name, shape: tensor.shape, data })
    }
    return { config, tensors }
  } finally {
    await file.close()
  }
}

function checkBase(
  baseName: string,
  origin: Digest | undefined,
  base: Pick<OpenBase, 'name' | 'sha256'>,
  alsoCalled: readonly string[],
): void {
  if (origin !== undefined && origin !== base.sha256)
    throw adapterRefusal(
      originName,
      `it is for the base ${origin}, and ${base.name} is ${base.sha256}`,
      'Add the base that it was trained on, or take the adapter of this one.',
    )
  if (origin !== undefined || [base.name, ...alsoCalled].includes(baseName)) return
  throw adapterRefusal(
    configName,
    `it is for the base ${shown(baseName) || 'of no name'}, and this one is ${base.name}`,
    'If both are the same, say that the base is also called so; else add the base that it was trained on.',
  )
}

function checkExpected(config: AdapterConfig, expected: NonNullable<AdapterExpected['lora']>): void {
  for (const key of ['task', 'rank', 'alpha', 'targets', 'modulesToSave'] as const) {
    const [wanted, found] = [expected[key], config[key]].map(value =>
      Array.isArray(value) ? value.toSorted().join(', ') : value,
    )
    if (wanted === undefined || wanted === found) continue
    throw adapterRefusal(
      configName,
      `its ${key} is ${found}, and the recipe asks for ${wanted}`,
      'Take an adapter of this recipe, or write the recipe as the adapter was trained.',
    )
  }
}

/** PEFT also names heads that a model does not have: those count whose tensors are there. */
function savedModules({ modulesToSave }: AdapterConfig, tensors: readonly string[]): string[] {
  const saved = modulesToSave.filter(module => tensors.some(name => name.startsWith(`${module}.`)))
  if (saved.length > 0 || modulesToSave.length === 0) return saved
  throw adapterRefusal(
    tensorsName,
    `nothing of ${modulesToSave.map(shown).join(' or ')} is in it, which modules_to_save names`,
    'The head is missing: save the adapter anew.',
  )
}

/** The tensors by their names here, each checked. */
function matched(
  config: AdapterConfig,
  { config: base }: Pick<OpenBase, 'config'>,
  stored: readonly StoredTensor[],
): Map<string, ReadableTensor> {
  const byName = new Map(stored.map(tensor => [tensor.name, tensor]))
  const foreign = stored.find(({ name }) => !name.startsWith('base_model.model.'))
  if (foreign)
    throw adapterRefusal(
      tensorsName,
      `${shown(foreign.name)} does not begin with base_model.model.`,
      'Save it with PEFT’s save_pretrained, which names tensors so.',
    )
  const found = new Map<string, ReadableTensor>()
  const take = (name: string, peftName: string, shape: readonly number[]): void => {
    const tensor = byName.get(peftName)
    if (!tensor)
      throw adapterRefusal(
        tensorsName,
        `${peftName} is missing, which ${configName} asks for`,
        'The adapter is of another base or task, or was cut: save it anew.',
      )
    byName.delete(peftName)
    found.set(name, checked(tensor, shape))
  }
  const layers = adaptedLayers(base, config.targets)
  if (layers.length === 0)
    throw adapterRefusal(
      configName,
      `no linear layer of a ${base.family} is called ${config.targets.map(shown).join(' or ')}`,
      'Take an adapter of a base of this family.',
    )
  for (const layer of layers) {
    const name = peftNameOf(base.family, config.task, layer.name)
    if (layer.isOptional && !byName.has(`${name}.lora_A.weight`)) continue
    const [a, b] = shapesOf(layer, config.rank)
    take(`${layer.name}.lora_A`, `${name}.lora_A.weight`, a)
    take(`${layer.name}.lora_B`, `${name}.lora_B.weight`, b)
  }
  for (const [peftName, tensor] of byName) {
    const name = peftName.slice('base_model.model.'.length)
    if (!config.modulesToSave.some(saved => name.startsWith(`${saved}.`)))
      throw adapterRefusal(
        tensorsName,
        `${shown(peftName)} is no part of this adapter`,
        `Known are LoRA of ${config.targets.join(', ')}, and what modules_to_save names.`,
      )
    found.set(name, checked(tensor, tensor.shape))
  }
  return found
}

/** Of A and B. */
function shapesOf({ into, out }: AdaptedLayer, rank: number): [a: [number, number], b: [number, number]] {
  return [
    [rank, into],
    [out, rank],
  ]
}

function checked(tensor: StoredTensor, shape: readonly number[]): ReadableTensor {
  const { dtype, name } = tensor
  if (tensor.shape.join() !== shape.join())
    throw adapterRefusal(
      tensorsName,
      `${shown(name)} is [${tensor.shape.join(', ')}], and rank and base ask for [${shape.join(', ')}]`,
      'Take config and tensors of one and the same adapter, and the base that it was trained on.',
    )
  if (!isDtype(dtype))
    throw adapterRefusal(tensorsName, `${shown(name)} is ${shown(dtype)}`, 'Read are F32, F16 and BF16.')
  return { ...tensor, dtype }
}
