import type { BaseTensor } from '../base.ts'
import type { WeightsFile } from './open-weights-file.ts'

/** A tensor as a file names and describes it. Its numbers may be of a kind that is not read here. */
export interface StoredTensor extends Omit<BaseTensor, 'dtype'> {
  readonly name: string
  readonly dtype: string
  readonly file: WeightsFile
}

/** What a base's files hold, by the names in them. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>
