import { Tensor } from 'onnxruntime-node'
import { openSession } from '../executor/session.ts'
import type { Graph } from '../graph/graph.ts'
import { encodeGraph } from '../onnx/encode-graph.ts'

type Feeds = Readonly<Record<string, Float32Array | Int32Array | BigInt64Array>>

/** Runs a graph as often as one likes. For tests. */
export interface OpenGraph extends AsyncDisposable {
  /** The outputs as numbers, by name. */
  run(feeds: Feeds): Promise<Record<string, number[]>>
}

export async function openGraph(graph: Graph): Promise<OpenGraph> {
  const session = await openSession(encodeGraph(graph), 1)
  return {
    async run(feeds) {
      const tensors = graph.inputs.map(({ name, shape }) => [name, tensorOf(feeds[name]!, shape)] as const)
      const outputs = await session.run(Object.fromEntries(tensors))
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [
          name,
          Array.from(tensor.data as Float32Array, Number),
        ]),
      )
    },
    [Symbol.asyncDispose]: () => session.release(),
  }
}

/** Runs a graph once. */
export async function runGraph(graph: Graph, feeds: Feeds): Promise<Record<string, number[]>> {
  await using open = await openGraph(graph)
  return await open.run(feeds)
}

function tensorOf(data: Feeds[string], shape: readonly number[]): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape)
  return data instanceof Int32Array ? new Tensor('int32', data, shape) : new Tensor('int64', data, shape)
}

/** The numbers that fixtures/shared.py makes for the same arguments. */
export function numbers(
  shape: readonly number[],
  salt: number,
  low = -1,
  high = 1,
  levels = 0,
): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, dimension) => product * dimension, 1)
  return Float32Array.from({ length: count }, (_, index) => {
    const unit = ((index * 7919 + salt * 104729) % 2003) / 2003
    return low + (high - low) * (levels > 0 ? Math.floor(unit * levels) / levels : unit)
  })
}

/** Asserts that two lists agree to `tolerance`, relative to the larger of 1 and the expected number. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} numbers, expected ${expected.length}`)
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!)
    if (!(difference <= tolerance * Math.max(1, Math.abs(expected[index]!)))) {
      throw new Error(
        `${what}: number ${index} is ${actual[index]}, expected ${expected[index]} (tolerance ${tolerance})`,
      )
    }
  }
}
