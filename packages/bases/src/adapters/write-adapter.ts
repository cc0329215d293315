import assert from 'node:assert/strict'
import { join } from 'node:path'
import { encodeTensors, layoutOf } from '@consort/protocol'
import { localFiles, writeDurably } from '@consort/storage'
import type { OpenBase } from '../base.ts'
import { peftNameOf } from './adapted-layers.ts'
import { adapterConfigFile } from './adapter-config.ts'
import { configName, originName, tensorsName } from './adapter-refusal.ts'
import type { Adapter } from './read-adapter.ts'

/**
 * Writes an adapter as PEFT opens it: its two files in `folder`, float32, and the digest of the base beside them. The
 * tensors are those that `readAdapter` gives, in any order.
 */
export async function writeAdapter(
  folder: string,
  { config, tensors }: Adapter,
  base: Pick<OpenBase, 'name' | 'sha256' | 'family'>,
): Promise<void> {
  const named = tensors.map(tensor => ({ ...tensor, name: nameInFile(base, config.task, tensor.name) }))
  const layout = layoutOf(named)
  const values = new Float32Array(layout.size)
  for (const [index, { offset, size }] of layout.tensors.entries()) {
    const { data } = named[index]!
    assert.equal(data.length, size)
    values.set(data, offset)
  }
  const file = adapterConfigFile(config, base.family === 'gpt2')
  const origin = { base: { name: base.name, sha256: base.sha256 } }
  await writeDurably(localFiles, join(folder, tensorsName), encodeTensors(layout, values))
  for (const [name, json] of [
    [originName, origin],
    [configName, file],
  ] as const)
    await writeDurably(localFiles, join(folder, name), Buffer.from(`${JSON.stringify(json, null, 2)}\n`))
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
