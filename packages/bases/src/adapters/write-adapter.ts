import assert from 'node:assert/strict'
import { join } from 'node:path'
import { encodeTensors, layoutOf } from '@consort/protocol'
import { localFiles, writeDurably } from '@consort/storage'
import type { OpenBase } from '../base.ts'
import { peftNameOf } from './adapted-layers.ts'
import { adapterConfigFile } from './adapter-config.ts'
import { configName, tensorsName } from './adapter-refusal.ts'
import type { Adapter } from './read-adapter.ts'

/**
 * Writes an adapter as PEFT opens it: two files in `folder`, float32, with the digest of the base beside PEFT's own
 * settings. The tensors are those that `readAdapter` gives, in any order.
 */
export async function writeAdapter(
  folder: string,
  { config, tensors }: Omit<Adapter, 'config'> & { readonly config: Omit<Adapter['config'], 'baseSha256'> },
  base: Pick<OpenBase, 'sha256' | 'family'>,
): Promise<void> {
  const named = tensors.map(tensor => ({ ...tensor, name: nameInFile(base, config.task, tensor.name) }))
  const layout = layoutOf(named)
  const values = new Float32Array(layout.size)
  for (const [index, { offset, size }] of layout.tensors.entries()) {
    const { data } = named[index]!
    assert.equal(data.length, size)
    values.set(data, offset)
  }
  const file = adapterConfigFile({ ...config, baseSha256: base.sha256 }, base.family === 'gpt2')
  await writeDurably(localFiles, join(folder, tensorsName), encodeTensors(layout, values))
  await writeDurably(localFiles, join(folder, configName), Buffer.from(`${JSON.stringify(file, null, 2)}\n`))
}

function nameInFile(
  { family }: Pick<OpenBase, 'family'>,
  task: Adapter['config']['task'],
  name: string,
): string {
  const [, layer, part] = /^(.+)\.(lora_[AB])$/.exec(name) ?? []
  return layer === undefined
    ? `base_model.model.${name}`
    : `${peftNameOf(family, task, layer)}.${part}.weight`
}
