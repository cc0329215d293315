import { Tensor } from 'onnxruntime-node'
import type { ModelPlan } from '../model/model-plan.ts'

/** Views of each parameter's part of `memory`, by the names of the graph. */
export function parameterTensors(
  { layout }: Pick<ModelPlan, 'layout'>,
  memory: Float32Array,
  nameOf: (parameter: string) => string,
): Record<string, Tensor> {
  return Object.fromEntries(
    layout.tensors.map(({ name, shape, offset, size }) => [
      nameOf(name),
      new Tensor('float32', memory.subarray(offset, offset + size), shape),
    ]),
  )
}
