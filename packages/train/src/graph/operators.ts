/**
 * The ONNX operators (opset 18) that graphs are made of here, with their attributes. Everything a model's forward
 * pass may use is in `DifferentiableOperators`; what only backward passes, losses and inputs need is beside it.
 */
export interface DifferentiableOperators {
  Add: NoAttributes
  Sub: NoAttributes
  Mul: NoAttributes
  Div: NoAttributes
  Pow: NoAttributes
  Max: NoAttributes
  Min: NoAttributes
  Neg: NoAttributes
  Sqrt: NoAttributes
  Erf: NoAttributes
  Exp: NoAttributes
  Log: NoAttributes
  Relu: NoAttributes
  Sigmoid: NoAttributes
  Tanh: NoAttributes
  Softplus: NoAttributes
  Where: NoAttributes
  Softmax: { axis: number }
  LogSoftmax: { axis: number }
  MatMul: NoAttributes
  Gemm: { transA: 0 | 1; transB: 0 | 1 }
  Conv: ConvAttributes
  MaxPool: PoolAttributes
  AveragePool: PoolAttributes
  GlobalAveragePool: NoAttributes
  Reshape: NoAttributes
  Flatten: { axis: number }
  Transpose: { perm: readonly number[] }
  Expand: NoAttributes
  Concat: { axis: number }
  Slice: NoAttributes
  Gather: { axis: number }
  ReduceSum: ReduceAttributes
  ReduceMean: ReduceAttributes
  ReduceProd: ReduceAttributes
}

export interface AuxiliaryOperators {
  Equal: NoAttributes
  Greater: NoAttributes
  Cast: { to: DType }
  Pad: NoAttributes
  Resize: { mode: 'nearest'; coordinate_transformation_mode: 'asymmetric'; nearest_mode: 'floor' }
  DepthToSpace: { blocksize: number; mode: 'DCR' }
  ConvTranspose: ConvAttributes & { output_padding: readonly number[] }
  MaxUnpool: { kernel_shape: readonly number[]; strides: readonly number[] }
  ScatterElements: { axis: number; reduction: 'add' }
  ConstantOfShape: NoAttributes
  ReduceMax: ReduceAttributes
  Shape: NoAttributes
}

export interface Operators extends DifferentiableOperators, AuxiliaryOperators {}

export type DifferentiableName = keyof DifferentiableOperators
export type OperatorName = keyof Operators

export type DType = 'float32' | 'int32' | 'int64' | 'bool'

type NoAttributes = Record<never, never>

export interface ConvAttributes {
  kernel_shape: readonly number[]
  strides: readonly number[]
  /** Top, left, bottom, right. */
  pads: readonly number[]
  dilations: readonly number[]
  group: number
}

export interface PoolAttributes {
  kernel_shape: readonly number[]
  strides: readonly number[]
}

export interface ReduceAttributes {
  keepdims: 0 | 1
}
