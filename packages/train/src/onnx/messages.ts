/**
 * The part of ONNX's protobuf schema (onnx.proto, IR version 8) that is written and read here: field numbers and
 * kinds. Unknown fields are skipped when reading.
 */
export const messages = {
  Model: {
    irVersion: [1, 'int'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSet', 'repeated'],
    metadata: [14, 'Entry', 'repeated'],
  },
  OperatorSet: { domain: [1, 'string'], version: [2, 'int'] },
  Entry: { key: [1, 'string'], value: [2, 'string'] },
  Graph: {
    node: [1, 'Node', 'repeated'],
    name: [2, 'string'],
    initializer: [5, 'Tensor', 'repeated'],
    input: [11, 'ValueInfo', 'repeated'],
    output: [12, 'ValueInfo', 'repeated'],
  },
  Node: {
    input: [1, 'string', 'repeated'],
    output: [2, 'string', 'repeated'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'Attribute', 'repeated'],
    domain: [7, 'string'],
  },
  Attribute: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int'],
    s: [4, 'bytes'],
    ints: [8, 'int', 'repeated'],
    type: [20, 'int'],
  },
  Tensor: {
    dims: [1, 'int', 'repeated'],
    dataType: [2, 'int'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    externalData: [13, 'Entry', 'repeated'],
    dataLocation: [14, 'int'],
  },
  ValueInfo: { name: [1, 'string'], type: [2, 'Type'] },
  Type: { tensorType: [1, 'TensorType'] },
  TensorType: { elemType: [1, 'int'], shape: [2, 'TensorShape'] },
  TensorShape: { dim: [1, 'Dimension', 'repeated'] },
  Dimension: { dimValue: [1, 'int'], dimParam: [2, 'string'] },
} as const satisfies Record<string, Record<string, Field>>

export type Field = readonly [number: number, kind: string, repeated?: 'repeated']

export type MessageName = keyof typeof messages

interface Scalars {
  int: number
  float: number
  string: string
  bytes: Uint8Array
}

type Single<Kind extends string> = Kind extends keyof Scalars
  ? Scalars[Kind]
  : Kind extends MessageName
    ? Message<Kind>
    : never

type FieldValue<F extends Field> = F extends readonly [number, infer Kind extends string, 'repeated']
  ? readonly Single<Kind>[]
  : F extends readonly [number, infer Kind extends string]
    ? Single<Kind>
    : never

/** A message as an object; absent fields have protobuf's default. */
export type Message<M extends MessageName> = {
  readonly [K in keyof (typeof messages)[M]]?: (typeof messages)[M][K] extends Field
    ? FieldValue<(typeof messages)[M][K]>
    : never
}
