import type { InputTensors } from '../../kind/input-tensors.ts'
import { tensorRefusal } from '../../tensors/tensor.ts'
import { checkNames, rowsOf } from '../../tensors/tensor-rows.ts'
import { utf8Text } from '../../tensors/utf8-text.ts'
import { cases } from './text-cases.ts'
import { type TextTypes, textRecord } from './text-input.ts'

/** The one input of a model of texts. */
const name = 'text'

/** As in records that come by the native way. */
const textMax = 200_000

/** Texts in UTF-8, as BYTES [N] or [N, 1]. */
export const tensors: InputTensors<TextTypes['input'], TextTypes['record']> = {
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
        const record = textRecord(text)
        return { input: await cases.encode(record, input), record: () => record }
      }),
    )
  },
}
