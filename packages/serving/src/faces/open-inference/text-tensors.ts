import { encodeCase } from '@consort/data'
import type { InputTensors } from './input-tensors.ts'
import { tensorRefusal } from './tensor.ts'
import { checkNames, rowsOf } from './tensor-rows.ts'
import { utf8Text } from './utf8-text.ts'

/** The one input of a model of texts. */
const name = 'text'

/** As in records that come by the native way. */
const textMax = 200_000

/** Texts in UTF-8, as BYTES [N] or [N, 1]. */
export const textTensors: InputTensors<'text'> = {
  describe: () => [{ name, datatype: 'BYTES', shape: [-1] }],
  async read(inputs, input) {
    checkNames(inputs, [name])
    const tensor = inputs.get(name)
    if (tensor?.datatype !== 'BYTES')
      throw tensorRefusal(name, 'it does not hold texts', 'Send BYTES: each text in UTF-8.')
    const rows = rowsOf(tensor, [1])
    return await Promise.all(
      Array.from({ length: rows }, async (_, row) => {
        const text = utf8Text(name, tensor.values[row]!, textMax)
        if (text.includes('\0')) throw tensorRefusal(name, 'a text holds a NUL', 'Send text without NUL.')
        const record = { kind: 'text', text } as const
        return { input: await encodeCase(record, { input }), record: () => record }
      }),
    )
  },
}
