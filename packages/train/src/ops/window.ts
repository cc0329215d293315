import assert from 'node:assert/strict'
import type { Value } from '../graph/graph.ts'
import type { ConvAttributes, PoolAttributes } from '../graph/operators.ts'
import { windowCount } from '../graph/shapes.ts'

export interface ConvOptions {
  stride?: readonly [number, number]
  /** Top, left, bottom, right. */
  pads?: readonly [number, number, number, number]
  dilation?: readonly [number, number]
  groups?: number
}

/** `x` [N, C, H, W], `weight` [M, C/groups, kH, kW], `bias` [M] → [N, M, oH, oW]: a cross-correlation. */
export function conv(x: Value, weight: Value, bias: Value | null, options: ConvOptions = {}): Value {
  const { stride = [1, 1], pads = [0, 0, 0, 0], dilation = [1, 1], groups = 1 } = options
  const [batch, channels] = x.shape as [number, number]
  const [filters, channelsPerGroup, ...kernel] = weight.shape as [number, number, number, number]
  assert(
    channels === channelsPerGroup * groups,
    `${channels} channels are not ${groups} groups of ${channelsPerGroup}`,
  )
  assert(filters % groups === 0, `${filters} filters do not split into ${groups} groups`)
  const attributes: ConvAttributes = {
    kernel_shape: kernel,
    strides: stride,
    pads,
    dilations: dilation,
    group: groups,
  }
  const shape = [batch, filters, ...outputSize(x, attributes)]
  return x.graph.apply('Conv', bias ? [x, weight, bias] : [x, weight], attributes, { shape })
}

function outputSize(x: Value, { kernel_shape, strides, pads, dilations }: ConvAttributes): number[] {
  return [0, 1].map(axis =>
    windowCount({
      size: x.shape[2 + axis]!,
      kernel: kernel_shape[axis]!,
      stride: strides[axis]!,
      padding: pads[axis]! + pads[2 + axis]!,
      dilation: dilations[axis]!,
    }),
  )
}

/** Windows of `size` every `stride`, without padding; what no window reaches is left out. */
export function maxPool(x: Value, size: number, stride = size): Value {
  return pool('MaxPool', x, { kernel_shape: [size, size], strides: [stride, stride] })
}

export function averagePool(x: Value, size: number, stride = size): Value {
  return pool('AveragePool', x, { kernel_shape: [size, size], strides: [stride, stride] })
}

function pool(operator: 'MaxPool' | 'AveragePool', x: Value, attributes: PoolAttributes): Value {
  const [batch, channels, ...plane] = x.shape as [number, number, number, number]
  const counts = plane.map((size, axis) =>
    windowCount({
      size,
      kernel: attributes.kernel_shape[axis]!,
      stride: attributes.strides[axis]!,
      padding: 0,
      dilation: 1,
    }),
  )
  return x.graph.apply(operator, [x], attributes, { shape: [batch, channels, ...counts] })
}

/** [N, C, H, W] → [N, C, 1, 1]. */
export function globalAveragePool(x: Value): Value {
  const [batch, channels] = x.shape as [number, number]
  return x.graph.apply('GlobalAveragePool', [x], {}, { shape: [batch, channels, 1, 1] })
}

/** What a convolution without padding would have been given to put out something of the shape of `x` [N, M, H, W]. */
export function convTranspose(
  x: Value,
  weight: Value,
  { stride, dilation }: { stride: number; dilation: number },
): Value {
  const [batch, , ...plane] = x.shape as [number, number, number, number]
  const [, channels, ...kernel] = weight.shape as [number, number, number, number]
  const sizes = plane.map((size, axis) => (size - 1) * stride + dilation * (kernel[axis]! - 1) + 1)
  const attributes = {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [0, 0, 0, 0],
    dilations: [dilation, dilation],
    group: 1,
    output_padding: [0, 0],
  }
  return x.graph.apply('ConvTranspose', [x, weight], attributes, { shape: [batch, channels, ...sizes] })
}
