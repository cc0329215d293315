import { Refusal } from '@consort/protocol'
import type {} from '../kernels/web-assembly.ts'

/**
 * Parameters, gradients and optimiser state as arrays in one WebAssembly memory: ONNX Runtime reads and writes the
 * same bytes as the kernels, so nothing is copied. The memory never grows, because growing detaches every view.
 */
export interface ParameterMemory {
  readonly wasm: WebAssembly.Memory
  /** Floats of one array. */
  readonly size: number
  /** `size` rounded up to whole vectors; what is beyond `size` stays zero. */
  readonly padded: number
  readonly parameters: Float32Array<ArrayBuffer>
  readonly gradients: Float32Array<ArrayBuffer>
  readonly moments: Float32Array<ArrayBuffer> | undefined
  readonly squares: Float32Array<ArrayBuffer> | undefined
  /** The parameters that a round started from, for the proximal term. */
  readonly anchor: Float32Array<ArrayBuffer> | undefined
  /** The gradients of one part of a batch that is too large for one pass. */
  readonly part: Float32Array<ArrayBuffer> | undefined
  /** Byte offsets of the arrays. */
  readonly offsets: Readonly<Record<'parameters' | 'gradients', number>> &
    Readonly<Partial<Record<'moments' | 'squares' | 'anchor' | 'part', number>>>
}

export interface MemoryNeeds {
  readonly moments: boolean
  readonly squares: boolean
  readonly anchor: boolean
  readonly part?: boolean
}

const pageBytes = 65_536
const pagesMax = 65_536
/** Arrays begin on cache lines. */
const alignment = 64

/** Throws `too-large` for models beyond one WebAssembly memory (4 GiB: some 250 million parameters with Adam). */
export function createParameterMemory(size: number, needs: MemoryNeeds): ParameterMemory {
  const padded = Math.ceil(size / 4) * 4
  const arrayBytes = Math.ceil((padded * 4) / alignment) * alignment
  const names = [
    'parameters',
    'gradients',
    ...(['moments', 'squares', 'anchor', 'part'] as const).filter(name => needs[name]),
  ] as const
  const pages = Math.ceil((alignment + names.length * arrayBytes) / pageBytes)
  if (pages > pagesMax) {
    throw new Refusal(
      'too-large',
      `A model of ${size} parameters needs ${names.length} arrays that do not fit into 4 GiB`,
      {
        hint: 'Use a smaller model, or plain SGD, which keeps no state.',
      },
    )
  }
  const wasm = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const offsets: Partial<Record<(typeof names)[number], number>> = {}
  for (const [index, name] of names.entries()) offsets[name] = alignment + index * arrayBytes
  const view = (name: (typeof names)[number]): Float32Array<ArrayBuffer> | undefined => {
    const offset = offsets[name]
    return offset === undefined ? undefined : new Float32Array(wasm.buffer, offset, size)
  }
  return {
    wasm,
    size,
    padded,
    parameters: view('parameters')!,
    gradients: view('gradients')!,
    moments: view('moments'),
    squares: view('squares'),
    anchor: view('anchor'),
    part: view('part'),
    offsets: offsets as ParameterMemory['offsets'],
  }
}
