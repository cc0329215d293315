import type { TableSchema } from '@consort/protocol'
import type { ReadLimits } from './files/read-limits.ts'

/** How a data set is to be read. */
export interface ReadOptions {
  /** Ends the reading; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal
  /** Called now and then with the share that has been read, from 0 to 1. */
  onProgress?: (done: number) => void
  /** What the consortium agreed on for this data set; a mapped source needs it, others pass it over. */
  schema?: TableSchema
  /** Those of `defaultLimits` when absent. Pictures have limits of their own. */
  limits?: ReadLimits
}
