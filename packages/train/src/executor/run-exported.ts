import { Tensor } from 'onnxruntime-node'
import { openSession } from './session.ts'

/** Runs an exported model once: `input` in, all of its outputs by name. */
export async function runExported(
  onnx: Uint8Array,
  values: Float32Array,
  shape: readonly number[],
): Promise<Record<string, Float32Array>> {
  const session = await openSession(onnx, 1)
  try {
    const outputs = await session.run({ input: new Tensor('float32', values, shape) })
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    )
  } finally {
    await session.release()
  }
}
