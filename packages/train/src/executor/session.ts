import { InferenceSession } from 'onnxruntime-node'
import { forbidTelemetry } from './no-telemetry.ts'

/**
 * Opens an ONNX model. Spinning threads are switched off: on a machine with other work they cost up to half the
 * speed. Bits repeat for a fixed number of threads only. `settings` are further ones of ONNX Runtime's sessions.
 */
export async function openSession(
  onnx: Uint8Array,
  threads: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<InferenceSession> {
  forbidTelemetry()
  return await InferenceSession.create(onnx, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, ...settings } },
  })
}
