import { basename } from 'node:path'
import type { Constant, Graph, Node, Value } from '../graph/graph.ts'
import type { DType } from '../graph/operators.ts'
import type { Message } from './messages.ts'
import { encodeMessage } from './protobuf.ts'

/** ONNX's numbers for element types (TensorProto.DataType). */
const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const satisfies Record<DType, number>

/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const

const opsetVersion = 18

export interface EncodeOptions {
  /** Replaces the first dimension of these inputs and outputs (all, if not said): the batch may then have any size. */
  readonly batch?: {
    readonly symbol: string
    readonly inputs: readonly string[]
    readonly outputs?: readonly string[]
  }
  /** Travels in the file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The graph as an ONNX model file (opset 18, IR version 8; ONNX Runtime 1.14 and later load it). */
export function encodeGraph(graph: Graph, { batch, metadata = {} }: EncodeOptions = {}): Uint8Array {
  const names = outputNames(graph)
  const nameOf = (value: Value): string => names.get(value) ?? value.name
  const info = (value: Value, name: string, isBatched: boolean): Message<'ValueInfo'> => ({
    name,
    type: {
      tensorType: {
        elemType: elementTypes[value.dtype],
        shape: {
          dim: value.shape.map((dimension, axis) =>
            batch && isBatched && axis === 0 ? { dimParam: batch.symbol } : { dimValue: dimension },
          ),
        },
      },
    },
  })
  return encodeMessage('Model', {
    irVersion: 8,
    producerName: 'consort',
    opsetImport: [{ domain: '', version: opsetVersion }],
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'consort',
      node: [
        ...liveNodes(graph).map((node, index) => encodeNode(node, index, nameOf)),
        ...copies(graph, names),
      ],
      initializer: usedConstants(graph).map(constant => encodeTensor(constant)),
      input: graph.inputs.map(input => info(input, input.name, batch?.inputs.includes(input.name) ?? false)),
      output: graph.outputs.map(({ name, value }) =>
        info(value, name, batch?.outputs?.includes(name) ?? true),
      ),
    },
  })
}

/** Outputs lend their names to the values they show, which saves a copy for each. */
function outputNames(graph: Graph): Map<Value, string> {
  const given = new Set([...graph.inputs, ...graph.constants.map(constant => constant.value)])
  const names = new Map<Value, string>()
  for (const { name, value } of graph.outputs) {
    if (!given.has(value) && !names.has(value)) names.set(value, name)
  }
  return names
}

/** Where the name was taken, the value is an input or a constant, or is shown twice. */
function copies(graph: Graph, names: ReadonlyMap<Value, string>): Message<'Node'>[] {
  return graph.outputs
    .filter(({ name, value }) => names.get(value) !== name)
    .map(({ name, value }) => ({
      opType: 'Identity',
      name: `copy_${name}`,
      input: [names.get(value) ?? value.name],
      output: [name],
    }))
}

/** Nodes that some output depends on. */
function liveNodes(graph: Graph): Node[] {
  const wanted = new Set<Value>(graph.outputs.map(output => output.value))
  const live = graph.nodes.toReversed().filter(node => {
    if (!node.outputs.some(output => wanted.has(output))) return false
    for (const input of node.inputs) if (input) wanted.add(input)
    return true
  })
  return live.toReversed()
}

function usedConstants(graph: Graph): Constant[] {
  const used = new Set<Value | null>(liveNodes(graph).flatMap(node => node.inputs))
  for (const { value } of graph.outputs) used.add(value)
  return graph.constants.filter(constant => used.has(constant.value))
}

function encodeNode(node: Node, index: number, nameOf: (value: Value) => string): Message<'Node'> {
  return {
    opType: node.operator,
    name: `${node.operator}_${index}`,
    input: node.inputs.map(input => (input ? nameOf(input) : '')),
    output: node.outputs.map(nameOf),
    attribute: Object.entries(node.attributes).map(([name, value]) =>
      encodeAttribute(name, value as AttributeValue),
    ),
  }
}

type AttributeValue = number | string | readonly number[]

function encodeAttribute(name: string, value: AttributeValue): Message<'Attribute'> {
  if (name === 'to') return { name, type: attributeTypes.int, i: elementTypes[value as DType] }
  if (typeof value === 'number') return { name, type: attributeTypes.int, i: value }
  if (typeof value === 'string') return { name, type: attributeTypes.string, s: Buffer.from(value) }
  return { name, type: attributeTypes.ints, ints: value }
}

/** TensorProto.DataLocation: the numbers are in another file. */
const external = 1

function encodeTensor({ value, data }: Constant): Message<'Tensor'> {
  const tensor = { name: value.name, dims: value.shape, dataType: elementTypes[value.dtype] }
  if ('length' in data)
    return { ...tensor, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
  const entries = { location: basename(data.path), offset: data.offset, length: data.bytes }
  return {
    ...tensor,
    externalData: Object.entries(entries).map(([key, entry]) => ({ key, value: String(entry) })),
    dataLocation: external,
  }
}
