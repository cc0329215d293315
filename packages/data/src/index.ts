export type { Dataset, ImageDataset, LeavingRecord, TableDataset } from '@consort/records'
export {
  asTable,
  bytesOfExample,
  type Column,
  casesAlone,
  cellAt,
  columnNamed,
  contentsOf,
  distinctTexts,
  encodeCase,
  encodeRecord,
  encodeTyped,
  fullRecord,
  labelAt,
  leavingRecord,
  numberAt,
  parseNumber,
  partsOf,
  readRecord,
  recordsOf,
  type TableRecord,
  takesCases,
  textAt,
  withCases,
  writtenAs,
} from '@consort/records'
export { encodeImage, readImage } from '@consort/records/pictures'
export type { Columns } from './csv/read-columns.ts'
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
