export { type Column, numberAt, textAt } from './columns/column.ts'
export { distinctTexts } from './columns/distinct-texts.ts'
export { parseNumber } from './columns/parse-number.ts'
export type { Columns } from './csv/read-columns.ts'
export type { Dataset, ImageDataset, TableDataset } from './dataset.ts'
export { cellAt, labelAt } from './dataset.ts'
export { defaultLimits } from './files/read-limits.ts'
export type { SourceExport } from './formats/format.ts'
export {
  type DataSource,
  type DataSourceInput,
  dataSourceSchema,
  exportOf,
  isTranslated,
  parseSource,
  withPaths,
} from './formats/formats.ts'
export { writeIdx } from './idx/write-idx.ts'
export type { ImageFile } from './images/image-files.ts'
export { writeGreyImage } from './images/write-image.ts'
export type { LeavingRecord } from './inputs/case-kind.ts'
export {
  encodeCase,
  encodeTyped,
  fullRecord,
  leavingRecord,
  partsOf,
  readRecord,
  recordsOf,
  writtenAs,
} from './inputs/cases.ts'
export { encodeImage } from './inputs/images/encode-image.ts'
export { readImage } from './inputs/images/read-image.ts'
export {
  asTable,
  bytesOfExample,
  casesAlone,
  columnNamed,
  contentsOf,
  takesCases,
  withCases,
} from './inputs/inputs.ts'
export { encodeRecord, type TableRecord } from './inputs/table/encode-record.ts'
export {
  type ConformanceReport,
  type FieldReport,
  findingText,
} from './mapping/conformance.ts'
export { fieldStatistics } from './mapping/field-statistics.ts'
export type { Finding } from './mapping/finding.ts'
export type { Harmonised } from './mapping/harmonise.ts'
export type { Mapping } from './mapping/mapping.ts'
export type { UnitName } from './mapping/units.ts'
export { type EncodingRecipe, encodeExamples, streamExamples } from './pipeline/encode-examples.ts'
export { readDataset } from './read-dataset.ts'
export type { ReadOptions } from './read-options.ts'
export { openReadings, type Reading, type Readings } from './reading/readings.ts'
export { dirichletSplit } from './split/dirichlet-split.ts'
export { digestBytes } from './split/keyed-hash.ts'
export { recordDigests } from './split/record-digests.ts'
export { unitBytes } from './split/row-messages.ts'
export { type Split, splitByDigests } from './split/split-by-keyed-hash.ts'
export { unitDigests } from './split/unit-digests.ts'
