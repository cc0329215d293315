import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeCase } from '../../cases.ts'
import { inputSchema } from '../../inputs.ts'
import { inputTensorsOf, recordRows } from '../../record-rows.ts'
import type { Tensor } from '../../tensors/tensor.ts'

const recipe = { input: inputSchema.parse({ kind: 'text' }) }

function asked(fields: Partial<Tensor> & { values: Tensor['values'] }) {
  const tensor = { name: 'text', datatype: 'BYTES', shape: [fields.values.length], ...fields } as Tensor
  return recordRows(new Map([[tensor.name, tensor]]), recipe)
}

test('texts come as BYTES, in JSON or as octets, and are encoded as in training', async () => {
  assert.deepEqual(await inputTensorsOf(recipe.input), [{ name: 'text', datatype: 'BYTES', shape: [-1] }])
  const texts = ['Win money', '您好']
  const rows = await asked({ values: [texts[0]!, Buffer.from(texts[1]!)] })
  for (const [index, { input, record }] of rows.entries()) {
    const own = { kind: 'text', text: texts[index]! } as const
    assert.deepEqual(await record(), own)
    assert.deepEqual(input, await encodeCase(own, recipe))
  }
})

const refused: [what: string, tensor: Partial<Tensor> & { values: Tensor['values'] }, message: RegExp][] = [
  ['numbers', { datatype: 'FP32', values: [1] }, /does not hold texts/],
  ['another name', { name: 'body', values: ['a'] }, /no such input/],
  ['octets that are no UTF-8', { values: [Uint8Array.of(0xff)] }, /not UTF-8/],
  ['a NUL', { values: ['sesame\0'] }, /a NUL/],
  ['half a character', { values: ['sesame\ud800'] }, /half a character/],
  ['a text without end', { values: ['x'.repeat(200_001)] }, /too long/],
]
for (const [what, tensor, message] of refused)
  test(`${what}: refused without repeating it`, async () => {
    await assert.rejects(asked(tensor), (error: Error) => {
      assert.match(error.message, message)
      return !error.message.includes('sesame')
    })
  })
