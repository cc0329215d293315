import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import type { Way } from '../engine/protocol.ts'
import type { Server } from '../engine/serve.ts'
import { openShipped, registerFilterGradient } from './tfjs-shipped.ts'
import { openTuned } from './tfjs-tuned.ts'

/** The wasm backend with SIMD and one thread. */
export async function startTfjs(folder: string, way: Way): Promise<Server> {
  setThreadsCount(1)
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  tf.enableProdMode()
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js could not start its wasm backend')
  await tf.ready()
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('TensorFlow.js found no SIMD')
  if (way === 'mended') registerFilterGradient()
  const open = way === 'tuned' ? openTuned : openShipped
  return {
    name: 'TensorFlow.js (wasm)',
    version: tf.version.tfjs,
    open: (name, batch) => open(folder, name, batch),
  }
}
