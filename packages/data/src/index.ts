export type { Columns } from './csv/read-columns.ts'
export type { Cells, Dataset, ImageDataset, TableDataset } from './dataset.ts'
export { cellAt } from './dataset.ts'
export { writeIdx } from './idx/write-idx.ts'
export { type ImageSize, readImage } from './images/read-image.ts'
export { writeGreyImage } from './images/write-image.ts'
export { checkMapping } from './mapping/check-mapping.ts'
export { checkSchema } from './mapping/check-schema.ts'
export {
  type ConformanceReport,
  type FieldReport,
  findingText,
  requireConformance,
} from './mapping/conformance.ts'
export { fieldStatistics } from './mapping/field-statistics.ts'
export type { Finding } from './mapping/findings.ts'
export { type Harmonised, harmonise } from './mapping/harmonise.ts'
export { type Mapping, parseMapping } from './mapping/mapping.ts'
export { type MappedSource, readConformance } from './mapping/read-mapped.ts'
export { readMapping } from './mapping/read-mapping.ts'
export { type UnitName, unitNames } from './mapping/units.ts'
export { type EncodingRecipe, encodeExamples } from './pipeline/encode-examples.ts'
export { encodeRecord, type TableRecord } from './pipeline/encode-record.ts'
export { pixelScale } from './pipeline/pixel-scale.ts'
export { type ReadOptions, readDataset } from './read-dataset.ts'
export { dirichletSplit } from './split/dirichlet-split.ts'
export { datasetDigest, recordDigests } from './split/record-digests.ts'
export { type Split, splitByKeyedHash } from './split/split-by-keyed-hash.ts'
export { createTableBuilder, type TableBuilder } from './table-builder.ts'
