export { bearerOf, webhookSecretOf } from './access/access-key.ts'
export { monthOf, readAccount } from './access/account-store.ts'
export { createKeyRing, type KeyRing } from './access/key-ring.ts'
export {
  type AccessHolder,
  accessHolders,
  addAccessKey,
  checkInForce,
  readAccessHolder,
  revokeAccessHolder,
} from './access/key-store.ts'
export { createRateLimits, type RateLimits } from './access/rate-limits.ts'
export {
  createReservations,
  defer,
  endDeferral,
  type Reservation,
  type Reservations,
  release,
  releaseUnheard,
  reserve,
  settle,
} from './access/reservation-store.ts'
export { roundOutput } from './access/round-output.ts'
export { evidenceEnough, evidenceOfWorse } from './challenger/paired-evidence.ts'
export type { Face, FaceRequest, FaceResponse, FaceRoute } from './faces/face.ts'
export { faces } from './faces/faces.ts'
export type { AnsweredRow, AskedRow, ServedModel, ServedModels } from './faces/served-models.ts'
export {
  type Counter,
  createMetrics,
  type Histogram,
  type Metrics,
  metricsContentType,
} from './metrics/metrics.ts'
export { servingSchema } from './migrations.ts'
export { type ModelPool, type ModelPoolOptions, openModelPool } from './predictor/model-pool.ts'
export { loadPredictor, openPredictor, type Predictor, type PredictorOptions } from './predictor/predictor.ts'
export type { ModelSource } from './predictor/predictor-messages.ts'
export type { ServingTables } from './tables.ts'
export { type Deliveries, startDeliveries, type WebhookFetch } from './webhook/deliver.ts'
export { sweepWebhooks } from './webhook/sweep-webhooks.ts'
export { postWebhook, waitingWebhooks } from './webhook/webhook-store.ts'
export { checkWebhookUrl } from './webhook/webhook-url.ts'
