import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { encodeTensors, isRefusal, layoutOf } from '@consort/protocol'
import { arrangeTensors, parseMetrics, readResult } from './result.ts'

const layout = layoutOf([
  { name: 'a', shape: [2, 1] },
  { name: 'b', shape: [3] },
])
const good = encodeTensors(layout, Float32Array.of(1, 2, 3, 4, 5))

const isInvalid = (why: RegExp) => (error: unknown) =>
  isRefusal(error, 'trainer-output-invalid') && why.test(error.message)

test('tensors come in any order and with metadata', () => {
  assert.deepEqual([...arrangeTensors(layout, good)], [1, 2, 3, 4, 5])
  const header = JSON.stringify({
    __metadata__: { made: 'elsewhere' },
    b: { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
    a: { dtype: 'F32', shape: [2, 1], data_offsets: [12, 20] },
  })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const data = Buffer.from(Float32Array.of(3, 4, 5, 1, 2).buffer)
  assert.deepEqual(
    [...arrangeTensors(layout, Buffer.concat([length, Buffer.from(header), data]))],
    [1, 2, 3, 4, 5],
  )
})

test('an update that the model does not have is refused, and the reason names the tensor', () => {
  const other = (specs: { name: string; shape: number[] }[], fill = 0): Uint8Array => {
    const made = layoutOf(specs)
    return encodeTensors(made, new Float32Array(made.size).fill(fill))
  }
  const a = { name: 'a', shape: [2, 1] }
  const b = { name: 'b', shape: [3] }
  const refused: [Uint8Array, RegExp][] = [
    [other([a]), /no tensor b/],
    [other([a, b, { name: 'c', shape: [1] }]), /no tensor c/],
    [other([{ name: 'a', shape: [1, 2] }, b]), /tensor a has the shape \[1,2\] instead of \[2,1\]/],
    [other([a, b], Number.NaN), /tensor a holds numbers that are not finite/],
    [other([a, b], Number.POSITIVE_INFINITY), /not finite/],
    [good.subarray(0, good.length - 1), /cut in tensor b/],
    [Buffer.from(Buffer.from(good).toString('latin1').replace('F32', 'F16'), 'latin1'), /only F32/],
    [new Uint8Array(), /ends before its header/],
  ]
  for (const [file, why] of refused) assert.throws(() => arrangeTensors(layout, file), isInvalid(why))
})

test('metrics are a loss, or none, and a number of examples', () => {
  const parse = (text: string) => parseMetrics(Buffer.from(text))
  assert.deepEqual(parse('{"loss": 0.5, "examples": 3}'), { loss: 0.5, examples: 3 })
  assert.deepEqual(parse(' {"examples": 3, "loss": null}\n'), { loss: null, examples: 3 })
  const refused = [
    '',
    '{"loss": NaN, "examples": 3}',
    '{"loss": 1e999, "examples": 3}',
    '{"loss": 1}',
    '{"examples": 3}',
    '{"loss": 1, "examples": 2.5}',
    '{"loss": 1, "examples": 3, "note": "x"}',
    '[]',
  ]
  for (const text of refused) assert.throws(() => parse(text), isInvalid(/metrics\.json/), text)
})

test('results are read from plain files of the program’s own, of a size that makes sense', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-result-'))
  const at = (name: string): string => join(folder, name)
  const read = () => readResult(folder, { layout, examples: 3 })
  try {
    await assert.rejects(read, isInvalid(/it left no metrics\.json/))
    writeFileSync(at('metrics.json'), '{"loss": null, "examples": 3}')
    await assert.rejects(read, isInvalid(/it left no update\.safetensors/))
    writeFileSync(at('update.safetensors'), good)
    assert.deepEqual(await read(), { weights: Float32Array.of(1, 2, 3, 4, 5), examples: 3, loss: undefined })
    await assert.rejects(readResult(folder, { layout, examples: 4 }), isInvalid(/3 examples, there were 4/))

    const replacements: Record<string, () => void> = {
      'cannot be opened': () => symlinkSync('/etc/hostname', at('update.safetensors')),
      'not a plain file': () => execFileSync('mkfifo', [at('update.safetensors')]),
      'is not a plain file': () => {
        writeFileSync(at('elsewhere'), good)
        linkSync(at('elsewhere'), at('update.safetensors'))
      },
      'more than': () => writeFileSync(at('update.safetensors'), new Uint8Array(5 * 1024 * 1024)),
    }
    for (const [why, replace] of Object.entries(replacements)) {
      rmSync(at('update.safetensors'))
      replace()
      await assert.rejects(read, isInvalid(new RegExp(why)), why)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
