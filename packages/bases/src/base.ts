import type { BaseConfig, BaseFamily, Digest } from '@consort/protocol'

/** How numbers of a weight lie on the disk. The `Q` are GGUF's blocks of 32 numbers with a scale. */
export type Dtype = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1'

/** Where the bytes of a tensor lie, so that a runtime can map them as external data. */
export interface TensorPlace {
  readonly path: string
  readonly offset: number
  readonly bytes: number
}

/** One weight, in the names and shapes of Hugging Face's model of the family. */
export interface BaseTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly place: TensorPlace
  /**
   * The bytes hold the rows as the shape says, unless this is there: then each of so many heads holds its rows in
   * pairs (0, half, 1, half + 1 …), as GGUF stores q and k of Llama. `read` undoes it; who maps the bytes has to.
   */
  readonly pairedHeads?: number
}

/** What `@huggingface/tokenizers` takes: the contents of two files. */
export interface BaseTokenizer {
  /** `tokenizer.json` */
  readonly json: unknown
  /** `tokenizer_config.json`, with the template of a conversation where there is one. */
  readonly config: Readonly<Record<string, unknown>>
}

/** A base model of which this process reads. As long as it is open it cannot be removed from its store. */
export interface OpenBase {
  readonly name: string
  /** Names config, tokenizer and weights as a whole. */
  readonly sha256: Digest
  readonly family: BaseFamily
  readonly config: BaseConfig
  /** In the order of the layout: see `layoutOfBase`. */
  tensorNames(): readonly string[]
  /** Throws `not-found` for a name that the base does not have. */
  tensor(name: string): BaseTensor
  /** The numbers of one tensor, read from the disk at each call. Throws as `tensor` does. */
  read(name: string): Promise<Float32Array>
  /**
   * Of its files, or of its GGUF file; undefined where it has none. Throws `weights-invalid` for one in a GGUF file
   * that cannot be said as `tokenizer.json`.
   */
  tokenizer(): Promise<BaseTokenizer | undefined>
  close(): Promise<void>
}
