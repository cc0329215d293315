import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { DType, OperatorName, Operators } from './operators.ts'

/** A tensor in a graph: a name for numbers that will be there when the graph runs. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: DType
}

export interface Node<O extends OperatorName = OperatorName> {
  readonly operator: O
  readonly inputs: readonly (Value | null)[]
  readonly attributes: Operators[O]
  /** MaxPool gains a second output when its gradient asks for the indices. */
  readonly outputs: Value[]
}

export type Numbers = Float32Array | Int32Array | BigInt64Array

/** Where float32 numbers lie on disk, little-endian: the runtime maps them when the graph is opened. */
export interface Place {
  /** Absolute. */
  readonly path: string
  readonly offset: number
  readonly bytes: number
}

export interface Constant {
  readonly value: Value
  readonly data: Numbers | Place
}

/** A tensor that is never trained, such as one of a base model: its numbers in memory, or where they lie. */
export interface FrozenTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Place
}

/** The tensors of a base model by Hugging Face's names. */
export type FrozenTensors = Readonly<Record<string, FrozenTensor>>

/** The gradients of a composite's inputs from the gradient of its output; null where none is wanted. */
export type CompositeRule = (cotangent: Value) => readonly (Value | null)[]

export interface Composite {
  readonly inputs: readonly Value[]
  readonly rule: CompositeRule
  /** For composites with parameters: what their inputs' gradients are example by example. */
  readonly examples?: (cotangent: Value) => ExampleGradients
}

/**
 * What a use of parameters says about the gradients gᵢ of single examples, without necessarily making them. B is the
 * number of examples.
 */
export interface ExampleGradients {
  /** ‖gᵢ‖² over all parameters that are inputs here, [B, 1]. */
  readonly squaredNorms: Value
  /** Σᵢ cᵢ·gᵢ for coefficients c [B, 1]: one for each input, null for those that are no parameters. */
  weightedSums(coefficients: Value): readonly (Value | null)[]
}

/**
 * Collects nodes in the order in which they are made, which is an order in which they can run. Shapes are static;
 * the functions in `ops.ts` compute them and are the way to add nodes.
 */
export class Graph {
  readonly nodes: Node[] = []
  readonly inputs: Value[] = []
  /** Inputs that are the same for every run, by name. */
  readonly fed = new Map<string, FrozenTensor & { readonly data: Float32Array }>()
  readonly outputs: { readonly name: string; readonly value: Value }[] = []
  readonly constants: Constant[] = []
  readonly composites = new Map<Value, Composite>()
  readonly #constantsByKey = new Map<string, Value>()
  #names = 0

  /** A value that the caller feeds. */
  input(name: string, shape: readonly number[], dtype: DType = 'float32'): Value {
    assert(!this.inputs.some(input => input.name === name), `input ${name} exists`)
    const value = { graph: this, name, shape, dtype }
    this.inputs.push(value)
    return value
  }

  /** Numbers that are part of the graph; equal constants are stored once. */
  constant(data: Numbers, shape: readonly number[]): Value {
    const key = `${data.constructor.name}|${shape.join()}|${digestOf(data)}`
    const known = this.#constantsByKey.get(key)
    if (known) return known
    const value = this.#value(shape, dtypeOf(data))
    this.constants.push({ value, data })
    this.#constantsByKey.set(key, value)
    return value
  }

  /** Named numbers that are part of the graph, such as the weights of an exported model. */
  initializer(name: string, data: Numbers, shape: readonly number[]): Value {
    const value = { graph: this, name, shape, dtype: dtypeOf(data) }
    this.constants.push({ value, data })
    return value
  }

  /**
   * The same for numbers that are too many to be copied into the graph's file: those on disk are mapped by the runtime,
   * those in memory are fed to every run from where they lie.
   */
  frozen(name: string, { shape, data }: FrozenTensor): Value {
    if ('length' in data) {
      this.fed.set(name, { shape, data })
      return this.input(name, shape)
    }
    const value: Value = { graph: this, name, shape, dtype: 'float32' }
    this.constants.push({ value, data })
    return value
  }

  /** Adds a node with one output of the given shape. */
  apply<O extends OperatorName>(
    operator: O,
    inputs: readonly (Value | null)[],
    attributes: Operators[O],
    { shape, dtype = 'float32' }: { shape: readonly number[]; dtype?: DType },
  ): Value {
    const output = this.#value(shape, dtype)
    this.nodes.push({ operator, inputs, attributes, outputs: [output] })
    return output
  }

  /** The second output of the node that makes `output`, added on first use. */
  secondOutput(output: Value, dtype: DType): Value {
    const node = this.nodes.find(candidate => candidate.outputs[0] === output)
    assert(node, 'the value has a producer in this graph')
    node.outputs[1] ??= this.#value(output.shape, dtype)
    return node.outputs[1]
  }

  /** Says how `output` differentiates as a whole; the nodes between it and the inputs are then not looked at. */
  composite(output: Value, composite: Composite): Value {
    this.composites.set(output, composite)
    return output
  }

  output(name: string, value: Value): void {
    assert(value.graph === this, 'the value belongs to this graph')
    this.outputs.push({ name, value })
  }

  #value(shape: readonly number[], dtype: DType): Value {
    this.#names += 1
    return { graph: this, name: `v${this.#names}`, shape, dtype }
  }
}

function digestOf({ buffer, byteOffset, byteLength }: Numbers): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
}

function dtypeOf(data: Numbers): DType {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof Int32Array ? 'int32' : 'int64'
}
