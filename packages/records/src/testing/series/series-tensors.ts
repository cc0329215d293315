import type { InputTensors } from '../../kind/input-tensors.ts'
import { tensorRefusal } from '../../tensors/tensor.ts'
import { rowsOf } from '../../tensors/tensor-rows.ts'
import type { SeriesTypes } from './series-types.ts'

/** Numbers [N, length]. */
export const tensors: InputTensors<SeriesTypes['input'], SeriesTypes['record']> = {
  describe: ({ length }) => [{ name: 'series', datatype: 'FP32', shape: [-1, length] }],
  async read(inputs, { length }) {
    const tensor = inputs.get('series')
    if (!tensor || tensor.datatype === 'BYTES') throw tensorRefusal('series', 'is not there', 'Send numbers.')
    const numbers = Array.from(tensor.values)
    return Array.from({ length: rowsOf(tensor, [length]) }, (_, row) => {
      const values = numbers.slice(row * length, (row + 1) * length)
      return { input: Float32Array.from(values), record: () => ({ kind: 'samples', values }) }
    })
  },
}
