import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AdapterSpec, type Recipe, recipeSchema, sizeOfShape } from '@consort/protocol'
import { layoutOfBase } from '../config/layout-of-base.ts'
import { readConfig } from '../config/read-config.ts'

/** Made by `fixtures/generate.py`. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))

/** An empty folder of the system's temporary one, which is removed when the process ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'consort-bases-'))
  made.push(folder)
  return folder
}

const made: string[] = []
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** Config of a BERT of one layer. */
export const tinyBert = {
  ...{ model_type: 'bert', vocab_size: 12, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ intermediate_size: 16, max_position_embeddings: 10, type_vocab_size: 2, hidden_act: 'gelu' },
}

/** Config of the Llama in the fixtures. */
export const tinyLlama = {
  ...{ model_type: 'llama', vocab_size: 40, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, intermediate_size: 64, max_position_embeddings: 128, rms_norm_eps: 1e-5 },
  ...{ rope_theta: 10000, hidden_act: 'silu', tie_word_embeddings: true },
}

export interface TensorToWrite {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype?: string
  readonly bytes?: Uint8Array
}

/** A safetensors file; numbers that are not given count up from 0. `header` overrides what is said of a tensor. */
export function safetensorsOf(tensors: readonly TensorToWrite[], header: object = {}): Buffer {
  let end = 0
  const parts = tensors.map(({ name, shape, dtype = 'F32', bytes }) => {
    const count = sizeOfShape(shape)
    const data = bytes ?? new Uint8Array(Float32Array.from({ length: count }, (_, i) => i / 8).buffer)
    const from = end
    end += data.length
    return { name, data, entry: { dtype, shape, data_offsets: [from, end] } }
  })
  const entries = parts.map(({ name, entry }): [string, object] => [name, entry])
  const json = Buffer.from(JSON.stringify({ ...Object.fromEntries(entries), ...header }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, ...parts.map(({ data }) => data)])
}

/** The tensors that a config asks for. */
export const tensorsFor = (config: unknown): readonly TensorToWrite[] => layoutOfBase(readConfig(config))

export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes files into a folder of their own. */
export function folderOf(files: Files): string {
  const folder = newFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

/** The files of a small BERT, as people publish one. */
export function bertFiles(): Record<string, string | Uint8Array> {
  const vocab = Object.fromEntries(Array.from({ length: 12 }, (_, id) => [`word${id}`, id]))
  return {
    'config.json': JSON.stringify(tinyBert),
    'model.safetensors': safetensorsOf(tensorsFor(tinyBert)),
    'tokenizer.json': JSON.stringify({ model: { type: 'WordPiece', vocab }, added_tokens: [] }),
    'README.md': '---\nlanguage: en\nlicense: apache-2.0\n---\n# Tiny BERT\n',
  }
}

/** The files of the small Llama of the fixtures, as safetensors. */
export function llamaFiles(): Record<string, string | Uint8Array> {
  return {
    'config.json': JSON.stringify(tinyLlama),
    'model.safetensors': readFileSync(fixture('tiny-llama.safetensors')),
  }
}

/** A recipe that trains adapters of rank 2 over a base, to tell short texts of two classes. */
export function recipeOver(base: AdapterSpec['base'], targets: readonly string[]): Recipe {
  return recipeSchema.parse({
    ...{ recipe: 1, name: 'letters', dataset: 'letters', batchSize: 4 },
    task: { kind: 'classification', classes: ['a', 'b'] },
    input: { kind: 'text', tokenizer: { kind: 'base' }, lengthMax: 8 },
    model: { kind: 'adapter', base, task: 'classify', lora: { rank: 2, targets } },
  })
}
