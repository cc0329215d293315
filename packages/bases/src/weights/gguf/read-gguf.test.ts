import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fixture, folderOf } from '../../testing/tiny-bases.ts'
import { openWeightsFile } from '../open-weights-file.ts'
import { readGguf } from './read-gguf.ts'

const whole = readFileSync(fixture('tiny-llama.gguf'))

async function read(bytes: Uint8Array) {
  const file = await openWeightsFile(join(folderOf({ 'model.gguf': bytes }), 'model.gguf'))
  try {
    return await readGguf(file)
  } finally {
    await file.close()
  }
}

/** The file with other bytes at the end of the first place where `text` stands. */
function changed(text: string, after: number, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(whole)
  const at = copy.indexOf(text)
  assert.ok(at >= 0)
  copy.set(bytes, at + text.length + after)
  return copy
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const text = (of: string): Buffer => Buffer.concat([u64(of.length), Buffer.from(of)])

/** The file with more values before its own, and so many bytes more before its tensors. */
async function withValues(values: readonly Buffer[], padding = 0) {
  const { tensors } = await read(whole)
  const start = Math.min(...[...tensors.values()].map(({ place }) => place.offset))
  const count = u64(Number(whole.readBigUInt64LE(16)) + values.length)
  const head = [whole.subarray(0, 16), count, ...values, whole.subarray(24, start), Buffer.alloc(padding)]
  const bytes = Buffer.concat([...head, whole.subarray(start)])
  const changed = await read(bytes)
  const moved = [...changed.tensors].map(([name, { place }]) => {
    const before = tensors.get(name)!.place
    return place.bytes === before.bytes ? place.offset - before.offset : undefined
  })
  return { ...changed, moved: [...new Set(moved)], added: bytes.length - whole.length }
}

test('a header of more than one piece is read whole', async () => {
  const long = 'x'.repeat(2 * 1024 * 1024 - 21)
  const { metadata, moved, added } = await withValues([Buffer.concat([text('a'), u32(8), text(long)])])
  assert.equal(metadata.get('a'), long)
  assert.deepEqual(moved, [added])
})

test('tensors lie where the alignment of the file says', async () => {
  const alignment = Buffer.concat([text('general.alignment'), u32(4), u32(64)])
  // So long that the header ends in the first half of 64 bytes.
  const { tensors } = await read(whole)
  const start = Math.min(...[...tensors.values()].map(({ place }) => place.offset))
  const rest = (start + alignment.length + 21) % 64
  const filler = Buffer.concat([text('a'), u32(8), text('x'.repeat((32 - rest + 64) % 64))])
  const { moved, added } = await withValues([alignment, filler], 32)
  assert.equal((start + added) % 64, 0)
  assert.deepEqual(moved, [added])
})

test('values and tensors are read as they were written', async () => {
  const { metadata, tensors } = await read(whole)
  assert.equal(metadata.get('general.architecture'), 'llama')
  assert.equal(metadata.get('llama.attention.head_count_kv'), 2)
  const words = metadata.get('tokenizer.ggml.tokens')
  assert.ok(Array.isArray(words))
  assert.deepEqual([words.length, words[39]], [40, 'word39'])
  const { dtype, shape } = tensors.get('blk.1.ffn_down.weight')!
  assert.deepEqual([dtype, shape, tensors.size], ['F16', [32, 64], 20])
})

const refused: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ['another kind of file', Buffer.concat([Buffer.from('PK'), whole.subarray(2)]), /does not begin as a GGUF/],
  ['version 1', Buffer.concat([whole.subarray(0, 4), u32(1), whole.subarray(8)]), /its version is 1/],
  ['version 4', Buffer.concat([whole.subarray(0, 4), u32(4), whole.subarray(8)]), /its version is 4/],
  ['a big-endian file', Buffer.concat([whole.subarray(0, 4), u32(3 << 24), whole.subarray(8)]), /big-endian/],
  ['a file cut in its header', whole.subarray(0, 500), /ends in its header/],
  ['a file cut in a tensor', whole.subarray(0, whole.length - 64), /it ends in blk\.1\.ffn_down\.weight/],
  // Behind the name: the number of sides, two sides of 8 bytes, the type.
  ['numbers that are not read', changed('blk.0.attn_q.weight', 4 + 16, u32(14)), /attn_q\.weight is Q6_K/],
  ['numbers of no known kind', changed('blk.0.attn_q.weight', 4 + 16, u32(99)), /of the unknown type 99/],
  ['five sides', changed('blk.0.attn_q.weight', 0, u32(5)), /has 5 sides/],
  [
    'a row that ends within a block',
    changed('blk.0.attn_q.weight', 4, Buffer.concat([u64(16), u64(32), u32(8)])),
    /attn_q\.weight is Q8_0 \[32, 16\], which cannot be/,
  ],
  ['a tensor over another', changed('blk.0.attn_q.weight', 4 + 16 + 4, Buffer.alloc(8)), /overlaps another/],
  ['a tensor at no boundary', changed('blk.0.attn_q.weight', 4 + 16 + 4, Buffer.of(1)), /unaligned/],
  ['a value of no type', changed('llama.block_count', 0, u32(77)), /of type 77/],
  ['a length that lies', changed('general.name', 4, Buffer.alloc(6, 255)), /ends in its header|counts/],
]
for (const [what, bytes, message] of refused)
  test(`refused: ${what}`, async () => {
    await assert.rejects(read(bytes), { code: 'weights-invalid', message, hint: /./ })
  })
