import type { TensorLayout } from '@consort/protocol'
import type { ReadableBase } from './readable-base.ts'

export interface DecodeRequest {
  /** The tokens to go on from, at least one. */
  readonly prompt: Int32Array
  readonly tokensMax: number
  /** 0 takes the likeliest token; 1 draws by the model's own probabilities. */
  readonly temperature: number
  /** Fixes what is drawn. */
  readonly seed: number
  /** Tokens that end the text; they are not told. */
  readonly stop: ReadonlySet<number>
}

export interface Decoder {
  /** Goes on from a prompt, token by token. One text at a time. */
  decode(request: DecodeRequest): AsyncGenerator<number>
  close(): Promise<void>
}

export interface DecoderSetup {
  readonly base: ReadableBase
  /** The adapter's, in the order of a layout whose tensors have PEFT's names. */
  readonly weights: (layout: TensorLayout) => Float32Array
  readonly threads?: number
}
