/** What loads ONNX Runtime; kept apart so that the hub, which never runs a graph, need not. */

export { runExported } from './executor/run-exported.ts'
export { openScorer, type Scorer } from './executor/scorer.ts'
export { openSession } from './executor/session.ts'
export { openTrainer, type Trainer } from './executor/trainer.ts'
export { openDecoder } from './families/adapter/decoder.ts'
export type { DecodeRequest, Decoder } from './families/text-decoder.ts'
export { type Engine, type EngineSetup, openEngine } from './worker/engine.ts'
