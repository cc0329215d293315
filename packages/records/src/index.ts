export {
  encodeCase,
  encodeTyped,
  fullRecord,
  leavingRecord,
  partsOf,
  readRecord,
  recordsOf,
  shownRecord,
  writtenAs,
} from './cases.ts'
export {
  bytesOf,
  type Column,
  formAt,
  lengthOf,
  type NumberColumn,
  numberAt,
  stringBytes,
  type TextColumn,
  textAt,
  textBytes,
  textsOf,
} from './columns/column.ts'
export { ColumnBuilder } from './columns/column-builder.ts'
export { columnOf } from './columns/column-of.ts'
export { distinctTexts } from './columns/distinct-texts.ts'
export { missingForm, oddForm, shortestForm } from './columns/number-forms.ts'
export { parseNumber } from './columns/parse-number.ts'
export { sharedBytes, sharedCodes, sharedNumbers } from './columns/shared-arrays.ts'
export { withoutMarks } from './columns/without-marks.ts'
export {
  asTable,
  bytesOfExample,
  casesAlone,
  columnNamed,
  contentsOf,
  type Dataset,
  encodeInputs,
  labelAt,
  labelsOf,
  recordContentOf,
  recordName,
  streamInputs,
  takesCases,
  unitContentOf,
  withCases,
} from './datasets.ts'
export type { AnyExamples, Examples } from './examples/examples.ts'
export type { SparseRows } from './examples/sparse-rows.ts'
export type { CodesColumn, Missing, NumbersColumn, PlacedColumn, TableRows } from './examples/table-rows.ts'
export type { TokenRows } from './examples/token-rows.ts'
export {
  type CaseRecord,
  caseRecordSchema,
  columnsOf,
  contentsSchema,
  featuresOf,
  type ImageInput,
  type InputSpec,
  inputContradictions,
  inputKindNames,
  inputSchema,
  inputShapeOf,
  keptRecordSchema,
  pixelsOf,
  type TableInput,
  type TextInput,
  tokensMaxOf,
} from './inputs.ts'
export type { Chosen, ContentAt, Tokenize } from './kind/data-kind.ts'
export type { Contradiction, Pixels } from './kind/input-kind.ts'
export type { AskedRow, TensorMetadata } from './kind/input-tensors.ts'
export type { LeavingRecord } from './kind/leaving-record.ts'
export type { ShownRecord } from './kind/shown-record.ts'
export { featureWidth, type TableFeature } from './kind/table-feature.ts'
export { gatherImages } from './kinds/images/gather-images.ts'
export type { ImageDataset } from './kinds/images/image-dataset.ts'
export type { Contents, InputKindName, Inputs, Records } from './kinds/kinds.ts'
export { appendRows } from './kinds/table/append-rows.ts'
export { encodeRecord, type TableRecord } from './kinds/table/encode-record.ts'
export { listed, numberHint, standardise } from './kinds/table/place-cell.ts'
export { cellAt, type TableDataset } from './kinds/table/table-dataset.ts'
export type { TextDataset } from './kinds/text/text-dataset.ts'
export { inputTensorsOf, recordRows } from './record-rows.ts'
export {
  countOf,
  type Datatype,
  datatypes,
  type NumberTensor,
  numberBytes,
  type Tensor,
  type TensorHead,
  type TextTensor,
  tensorRefusal,
} from './tensors/tensor.ts'
