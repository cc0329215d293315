/** A data set in memory, of any kind: readers make one, and each kind's folder says how it lies there. */
export type { ImageDataset } from './inputs/images/image-dataset.ts'
export { type Dataset, labelAt } from './inputs/inputs.ts'
export { cellAt, type TableDataset } from './inputs/table/table-dataset.ts'
export type { TextDataset } from './inputs/text/text-dataset.ts'
