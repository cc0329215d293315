import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { layoutOfBase } from '../config/layout-of-base.ts'
import {
  bertFiles,
  type Files,
  fixture,
  folderOf,
  llamaFiles,
  newFolder,
  safetensorsOf,
  tensorsFor,
  tinyBert,
  tinyLlama,
} from '../testing/tiny-bases.ts'
import { isFiniteTensor, readTensor } from '../weights/read-tensor.ts'
import { type OpenTensors, openTensors } from './open-tensors.ts'

const opened = (folder: string): Promise<OpenTensors> => openTensors(folder, readdirSync(folder))

async function numbersOf(folder: string): Promise<Map<string, Float32Array>> {
  const { tensors, close } = await opened(folder)
  const numbers = new Map<string, Float32Array>()
  for (const [name, tensor] of tensors) numbers.set(name, await readTensor(tensor))
  await close()
  return numbers
}

/** In two files, as large models come. */
function sharded(): Record<string, string | Uint8Array> {
  const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const tensors = tensorsFor(tinyBert)
  const parts = [tensors.slice(0, 9), tensors.slice(9)] as const
  const map = [
    ...parts[0].map(({ name }) => [name, first] as const),
    ...parts[1].map(({ name }) => [name, second] as const),
  ]
  return {
    'config.json': JSON.stringify(tinyBert),
    [first]: safetensorsOf(parts[0]),
    [second]: safetensorsOf(parts[1]),
    'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) }),
  }
}

test('a Llama reads alike from safetensors and from GGUF, whose q and k lie in pairs', async () => {
  const folder = newFolder()
  copyFileSync(fixture('tiny-llama.gguf'), join(folder, 'model.gguf'))
  const [plain, gguf] = [folderOf(llamaFiles()), folder]
  const a = await opened(plain)
  const b = await opened(gguf)
  assert.deepEqual(b.config, a.config)
  assert.deepEqual(
    [...b.tensors.keys()],
    layoutOfBase(a.config).map(({ name }) => name),
  )
  assert.equal(b.tensors.get('model.layers.0.self_attn.q_proj.weight')?.pairedHeads, 4)
  assert.equal(b.tensors.get('model.layers.0.self_attn.k_proj.weight')?.pairedHeads, 2)
  assert.equal(b.tensors.get('model.layers.0.self_attn.v_proj.weight')?.pairedHeads, undefined)
  await a.close()
  await b.close()
  assert.deepEqual(await numbersOf(gguf), await numbersOf(plain))
})

test('the place of a tensor is where its bytes lie', async () => {
  const folder = folderOf(llamaFiles())
  const { tensors, close } = await opened(folder)
  const tensor = tensors.get('model.norm.weight')
  assert.ok(tensor)
  assert.equal(tensor.dtype, 'F32')
  const { path, offset, bytes } = tensor.place
  const raw = readFileSync(path).subarray(offset, offset + bytes)
  assert.deepEqual(Buffer.from((await readTensor(tensor)).buffer), raw)
  await close()
})

test('several files read as one', async () => {
  const numbers = await numbersOf(folderOf(sharded()))
  const { 'model.safetensors': whole, 'config.json': config } = bertFiles()
  assert.deepEqual(
    numbers,
    await numbersOf(folderOf({ 'model.safetensors': whole!, 'config.json': config! })),
  )
})

test('float16 and bfloat16 are read as the float32 that they are', async () => {
  for (const [dtype, one] of [
    ['F16', [0, 0x3c]],
    ['BF16', [0x80, 0x3f]],
  ] as const) {
    const tensors = tensorsFor(tinyBert).map(({ name, shape }) => ({
      ...{ name, shape, dtype },
      bytes: Uint8Array.from({ length: 2 * shape.reduce((a, b) => a * b, 1) }, (_, i) => one[i % 2]!),
    }))
    const numbers = await numbersOf(folderOf({ ...bertFiles(), 'model.safetensors': safetensorsOf(tensors) }))
    for (const values of numbers.values()) assert.ok(values.every(value => value === 1))
  }
})

test('names are taken with the model around them, and in the spelling of old files', async () => {
  const tensors = tensorsFor(tinyBert).map(({ name, ...rest }) => ({
    ...rest,
    name: `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`,
  }))
  const beside = [
    { name: 'bert.embeddings.position_ids', shape: [1, 1], dtype: 'I64', bytes: new Uint8Array(8) },
    { name: 'cls.predictions.bias', shape: [12] },
  ]
  const folder = folderOf({ ...bertFiles(), 'model.safetensors': safetensorsOf([...tensors, ...beside]) })
  assert.deepEqual(await numbersOf(folder), await numbersOf(folderOf(bertFiles())))
})

test('a number that is not finite is found', async () => {
  const [first, ...rest] = tensorsFor(tinyBert)
  const numbers = new Float32Array(12 * 8)
  numbers[90] = Number.NaN
  const spoilt = { ...first!, bytes: new Uint8Array(numbers.buffer) }
  const folder = folderOf({ ...bertFiles(), 'model.safetensors': safetensorsOf([spoilt, ...rest]) })
  const { tensors, close } = await opened(folder)
  const finite = await Promise.all([...tensors.values()].map(isFiniteTensor))
  assert.deepEqual(finite, [false, ...rest.map(() => true)])
  await close()
})

const bert = tensorsFor(tinyBert)
const withWeights = (content: string | Uint8Array): Files => ({
  ...bertFiles(),
  'model.safetensors': content,
})
const without = (name: string, files: Record<string, string | Uint8Array>): Files => {
  const { [name]: _, ...rest } = files
  return rest
}
const whole = safetensorsOf(bert)
const cut = (bytes: number): Buffer => whole.subarray(0, bytes)
const longHeader = Buffer.alloc(16)
longHeader.writeBigUInt64LE(100_000_001n)
const withIndex = (map: object): Files => ({
  ...sharded(),
  'model.safetensors.index.json': JSON.stringify({ weight_map: map }),
})
const word = { name: 'embeddings.word_embeddings.weight', dtype: 'F32', shape: [12, 8] }

const refused: readonly (readonly [what: string, files: () => Files, message: RegExp])[] = [
  ['a file without a header', () => withWeights('abc'), /ends before its header/],
  ['a file cut in its header', () => withWeights(cut(100)), /its header ends at/],
  ['a file cut in a tensor', () => withWeights(cut(whole.length - 4)), /ends in pooler\.dense\.bias/],
  ['bytes after the last tensor', () => withWeights(Buffer.concat([whole, whole])), /after the last tensor/],
  ['a header of more than 100 MB', () => withWeights(longHeader), /100 MB at most/],
  [
    'a header that is no JSON',
    () => withWeights(Buffer.from('\u0004\0\0\0\0\0\0\0{{{{')),
    /not a JSON object/,
  ],
  [
    'a tensor over another',
    () =>
      withWeights(
        safetensorsOf(bert, { 'pooler.dense.bias': { dtype: 'F32', shape: [8], data_offsets: [0, 32] } }),
      ),
    /overlaps another tensor/,
  ],
  [
    'a tensor beyond the file',
    () => withWeights(safetensorsOf([word], { x: { dtype: 'F32', shape: [99], data_offsets: [384, 780] } })),
    /ends in x: it has/,
  ],
  [
    'a hole between tensors',
    () => withWeights(safetensorsOf([word], { x: { dtype: 'F32', shape: [1], data_offsets: [388, 392] } })),
    /leaves bytes before x to nobody/,
  ],
  [
    'a shape that is not its bytes',
    () =>
      withWeights(
        safetensorsOf([word], { [word.name]: { ...word, shape: [12, 9], data_offsets: [0, 384] } }),
      ),
    /word_embeddings.weight is F32 \[12, 9\], which is not 384 bytes/,
  ],
  [
    'negative offsets',
    () => withWeights(safetensorsOf([word], { x: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } })),
    /does not describe x as a tensor/,
  ],
  ['a missing tensor', () => withWeights(safetensorsOf(bert.slice(1))), /word_embeddings\.weight is missing/],
  [
    'a tensor of another size',
    () => ({ ...bertFiles(), 'config.json': JSON.stringify({ ...tinyBert, vocab_size: 13 }) }),
    /word_embeddings\.weight is \[12, 8\], and config\.json asks for \[13, 8\]/,
  ],
  [
    'a tensor of another kind of model',
    () => withWeights(safetensorsOf([...bert, { name: 'encoder.layer.0.gate.weight', shape: [1] }])),
    /has encoder\.layer\.0\.gate\.weight, which no bert/,
  ],
  [
    'numbers of another kind',
    () =>
      withWeights(safetensorsOf([{ ...word, dtype: 'F64', bytes: new Uint8Array(768) }, ...bert.slice(1)])),
    /word_embeddings\.weight is F64/,
  ],
  ['no config', () => without('config.json', bertFiles()), /config\.json cannot be used: it is missing/],
  ['a config that is no JSON', () => ({ ...bertFiles(), 'config.json': '{' }), /config\.json.*not JSON/],
  [
    'a token without a vector',
    () => ({
      ...bertFiles(),
      'tokenizer.json': JSON.stringify({
        model: { vocab: { a: 0 } },
        added_tokens: [{ id: 12, content: '<x>' }],
      }),
    }),
    /the token <x> has the number 12, and the base has vectors for 0 to 11/,
  ],
  ['a pickle', () => ({ 'config.json': '{}', 'pytorch_model.bin': 'x' }), /a pickle is a program/],
  ['no weights', () => ({ 'config.json': '{}' }), /no weights/],
  ['weights in two formats', () => ({ ...sharded(), ...bertFiles() }), /two formats/],
  [
    'a shard out of the folder',
    () => withIndex({ [word.name]: '../../secret' }),
    /names the file \.\.\/\.\.\/secret/,
  ],
  [
    'a shard that is missing',
    () => without('model-00002-of-00002.safetensors', sharded()),
    /model-00002-of-00002\.safetensors cannot be used: it is missing/,
  ],
  [
    'an index that puts a tensor into another file',
    () => withIndex({ [word.name]: 'model-00002-of-00002.safetensors' }),
    /model\.safetensors\.index\.json cannot be used: .* lies in model-00002/,
  ],
  [
    'an index that calls one file by the name of the other',
    () => {
      const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
      const files = sharded()
      return { ...files, [first]: files[second]!, [second]: files[first]! }
    },
    / lies in model-00001-of-00002\.safetensors, and should lie in model-00002-of-00002/,
  ],
]
for (const [what, files, message] of refused)
  test(`refused: ${what}`, async () => {
    await assert.rejects(opened(folderOf(files())), { code: 'weights-invalid', message, hint: /./ })
  })

test('rotary positions that a GGUF file stretches by a table are refused', async () => {
  const gguf = Buffer.from(readFileSync(fixture('tiny-llama.gguf')))
  gguf.write('rope_freqs.weight', gguf.indexOf('token_embd.weight'))
  await assert.rejects(opened(folderOf({ 'model.gguf': gguf })), {
    code: 'weights-invalid',
    message: /stretched rotary positions/,
  })
})

test('a config beside a GGUF file counts, and a wrong one is refused', async () => {
  const gguf = readFileSync(fixture('tiny-llama.gguf'))
  const other = { ...tinyLlama, intermediate_size: 96 }
  const folder = folderOf({ 'model.gguf': gguf, 'config.json': JSON.stringify(other) })
  await assert.rejects(opened(folder), {
    code: 'weights-invalid',
    message: /blk\.0\.ffn_gate\.weight is \[64, 32\]/,
  })
})

test('a weight that is there under two names is refused: readers would take one or the other', async () => {
  const [first] = tensorsFor(tinyBert)
  assert.ok(first)
  const tensors = [...tensorsFor(tinyBert), { ...first, name: `bert.${first.name}` }]
  const folder = folderOf({ ...bertFiles(), 'model.safetensors': safetensorsOf(tensors) })
  await assert.rejects(opened(folder), { code: 'weights-invalid', message: /twice/ })
})
