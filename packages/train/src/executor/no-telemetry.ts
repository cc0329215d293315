import { isMainThread } from 'node:worker_threads'

const optOut = 'ORT_DISABLE_TELEMETRY'

/**
 * Since 1.29 ONNX Runtime tells its maker of every model that is opened: digests of the graph and the weights, the
 * system, a number that it gives to the device. Nothing of the sort leaves a partner's machine. It looks once, when the
 * first session is opened, at the environment of the process, of which a thread has but a copy; so call this on the
 * main thread before that, and before a thread starts. On a thread it throws unless that was done.
 */
export function forbidTelemetry(): void {
  if (isMainThread) process.env[optOut] = '1'
  else if (process.env[optOut] !== '1') {
    throw new Error(`Start threads that open models by startThread, or set ${optOut}=1 for the process`)
  }
}
