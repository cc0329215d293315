export type {
  AnyExamples,
  CodesColumn,
  Examples,
  NumbersColumn,
  PlacedColumn,
  SparseRows,
  TableRows,
  Tokenize,
  TokenRows,
} from '@consort/records'
export { endOfThread, endThread, startThread } from './executor/threads.ts'
export type { TrainRequest, TrainResult } from './executor/train-request.ts'
export { frozenTensors } from './families/adapter/frozen-tensors.ts'
export { exportModel, trainedParts } from './families/families.ts'
export type { TrainedParts } from './families/family.ts'
export type { ReadableBase } from './families/readable-base.ts'
export type { FrozenTensors } from './graph/graph.ts'
export { inputRows } from './input-rows.ts'
export type { Evaluation } from './metrics/evaluate.ts'
export { exportedOrigin } from './model/export-model.ts'
export { initialWeights } from './model/initial-weights.ts'
export { type ModelPlan, planModel } from './model/model-plan.ts'
export { createGaussianNoise, type GaussianNoise } from './noise/gaussian-noise.ts'
export type { NoiseGrid } from './noise/noise-grid.ts'
export { createPoissonSampler, type PoissonSampler } from './noise/poisson-sampler.ts'
export { initializersOf, type StoredTensor } from './onnx/initializers.ts'
export { type SamplingPlan, samplingPlan } from './training/sampling-plan.ts'
export { trainingSeed } from './training/training-seed.ts'
export { initialChunks } from './worker/initial-chunks.ts'
