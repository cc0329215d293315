import { Refusal } from '@consort/protocol'
import { sizeOf } from '../graph/shapes.ts'
import type { Layer } from './planned-layer.ts'

/** What a layer makes of an example of `shape`. Throws `recipe-invalid` with the path of what does not fit. */
export function outputShapeOf(layer: Layer, shape: readonly number[], path: string): readonly number[] {
  switch (layer.kind) {
    case 'dense':
      return [layer.units]
    case 'dropout':
      return shape
    case 'layer-norm':
      if (sizeOf(shape) === 1) throw unfit(path, 'a single value cannot be normalised')
      return shape
    case 'group-norm': {
      const { channels } = planeOf(shape, path)
      if (channels % layer.groups !== 0) {
        throw unfit(`${path}.groups`, `${channels} channels do not split into ${layer.groups} equal groups`)
      }
      if (sizeOf(shape) === layer.groups) {
        throw unfit(`${path}.groups`, 'groups of a single value cannot be normalised')
      }
      return shape
    }
    case 'residual': {
      const ends = [layer.layers, layer.shortcut].map(part => part.at(-1)?.outputShape ?? shape)
      const [made, passed] = ends.map(end => end.join(' × '))
      if (made !== passed) {
        throw unfit(
          `${path}.shortcut`,
          `its layers make ${made}, the shortcut ${passed}: they cannot be added`,
        )
      }
      return ends[0]!
    }
    case 'embedding':
      return [layer.columns.numbers.length + layer.columns.categories.length * layer.dimensions]
    case 'global-average-pool':
      return [planeOf(shape, path).channels]
    case 'conv': {
      const { channels, height, width } = planeOf(shape, path)
      if (channels % layer.groups !== 0 || layer.filters % layer.groups !== 0) {
        throw unfit(
          `${path}.groups`,
          `${layer.groups} groups divide neither ${channels} channels nor ${layer.filters} filters evenly`,
        )
      }
      const span = layer.dilation * (layer.kernel - 1) + 1
      const along = (size: number): number =>
        positions(size + 2 * layer.padding, span, layer.stride, `${path}.kernel`)
      return [layer.filters, along(height), along(width)]
    }
    case 'max-pool':
    case 'average-pool': {
      const { channels, height, width } = planeOf(shape, path)
      const along = (size: number): number =>
        positions(size, layer.size, layer.stride ?? layer.size, `${path}.size`)
      return [channels, along(height), along(width)]
    }
  }
}

function planeOf(
  shape: readonly number[],
  path: string,
): { channels: number; height: number; width: number } {
  const [channels, height, width] = shape
  if (channels === undefined || height === undefined || width === undefined) {
    throw unfit(path, 'needs a picture, but the layer before it has already made a vector')
  }
  return { channels, height, width }
}

function positions(size: number, window: number, stride: number, path: string): number {
  if (window > size) throw unfit(path, `a window of ${window} does not fit into ${size} pixels`)
  return Math.floor((size - window) / stride) + 1
}

/** A recipe that does not fit at `path`; the hint is that of layers, unless another is given. */
export function unfit(
  path: string,
  message: string,
  hint = 'Follow the sizes from the input layer by layer.',
): Refusal {
  return new Refusal('recipe-invalid', `${path}: ${message}`, { path, hint })
}
