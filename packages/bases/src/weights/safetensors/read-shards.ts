import { z } from 'zod'
import type { WeightsFile } from '../open-weights-file.ts'
import type { StoredTensor, StoredTensors } from '../stored-tensor.ts'
import { shown, weightsRefusal } from '../weights-refusal.ts'
import { readSafetensors } from './read-safetensors.ts'

export const shardIndexName = 'model.safetensors.index.json'

/** `model-00001-of-00002.safetensors`: no folder, no way out of one. */
export const shardName = /^model-\d{5}-of-\d{5}\.safetensors$/

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) })

/** The files that an index names, sorted. Throws `weights-invalid` for a name that is none of a shard. */
export function shardsOf(json: unknown): { files: string[]; fileOf: Readonly<Record<string, string>> } {
  const parsed = indexSchema.safeParse(json)
  if (!parsed.success) throw weightsRefusal(shardIndexName, 'it has no weight_map from tensors to files')
  const fileOf = parsed.data.weight_map
  const files = [...new Set(Object.values(fileOf))].sort()
  const strange = files.find(name => !shardName.test(name))
  if (strange !== undefined)
    throw weightsRefusal(
      shardIndexName,
      `it names the file ${shown(strange)}`,
      'Shards are called model-00001-of-00002.safetensors, and lie in the same folder.',
    )
  if (files.length === 0) throw weightsRefusal(shardIndexName, 'it names no file')
  return { files, fileOf }
}

/** The tensors of several files as one. Throws `weights-invalid` where the index and the files disagree. */
export async function readShards(
  files: readonly WeightsFile[],
  fileOf: Readonly<Record<string, string>>,
): Promise<StoredTensors> {
  const found = new Map<string, StoredTensor>()
  for (const file of files) {
    for (const tensor of await readSafetensors(file)) {
      const expected = Object.hasOwn(fileOf, tensor.name) ? fileOf[tensor.name] : undefined
      if (expected !== file.name)
        throw weightsRefusal(
          shardIndexName,
          `${shown(tensor.name)} lies in ${file.name}, and should lie in ${expected ?? 'none'}`,
        )
      found.set(tensor.name, tensor)
    }
  }
  const missing = Object.keys(fileOf).find(name => !found.has(name))
  if (missing !== undefined)
    throw weightsRefusal(
      fileOf[missing]!,
      `${shown(missing)} is not in it, although ${shardIndexName} says so`,
    )
  return found
}
