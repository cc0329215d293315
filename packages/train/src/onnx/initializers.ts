import { Refusal } from '@consort/protocol'
import { sizeOf } from '../graph/shapes.ts'
import { decodeMessage } from './protobuf.ts'

export interface StoredTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

const float32 = 1

/**
 * The float32 tensors that an ONNX file holds, by name: the weights of a model that others have published, to start
 * from. Integers and other types are left out. Throws `weights-invalid` for what is no ONNX file, or keeps its numbers
 * elsewhere.
 */
export function initializersOf(onnx: Uint8Array): Map<string, StoredTensor> {
  const tensors = read(onnx).filter(({ dataType }) => dataType === float32)
  return new Map(
    tensors.map(({ name = '', dims: shape = [], rawData = new Uint8Array() }) => {
      if (rawData.length !== 4 * sizeOf(shape)) {
        throw new Refusal('weights-invalid', `${name}: ${rawData.length} bytes for [${shape}]`, {
          hint: 'Save the model as one ONNX file, with its weights inside.',
        })
      }
      return [name, { shape, values: new Float32Array(Uint8Array.from(rawData).buffer) }]
    }),
  )
}

function read(onnx: Uint8Array) {
  try {
    return decodeMessage('Model', onnx).graph?.initializer ?? []
  } catch (cause) {
    throw new Refusal('weights-invalid', 'This is not an ONNX file', {
      hint: 'Export the model as ONNX first; its own format is not read.',
      cause,
    })
  }
}
