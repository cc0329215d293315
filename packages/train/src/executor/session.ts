import { dirname } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import type { Graph } from '../graph/graph.ts'
import { encodeGraph, tensorsBeside } from '../onnx/encode-graph.ts'
import { forbidTelemetry } from './no-telemetry.ts'

/**
 * Opens an ONNX model. Spinning threads are switched off: on a machine with other work they cost up to half the
 * speed. Bits repeat for a fixed number of threads only.
 */
export async function openSession(onnx: Uint8Array, threads: number): Promise<InferenceSession> {
  return await open(onnx, threads, { extra: {}, externalData: [] })
}

/**
 * Opens a graph whose frozen tensors stay where they are: files are mapped, so that several sessions and processes
 * share one copy, and nothing is packed anew for the processor, which would be another copy.
 */
export async function openGraph(graph: Graph, threads: number): Promise<InferenceSession> {
  const beside = tensorsBeside(graph)
  const folders = new Set(beside.flatMap(({ data }) => ('path' in data ? [dirname(data.path)] : [])))
  if (folders.size > 1) throw new RangeError(`tensors of one graph lie in ${folders.size} folders`)
  const externalData = beside.flatMap(({ value, data }) =>
    'path' in data ? [] : [{ path: value.name, data: bytesOf(data) }],
  )
  const extra = Object.fromEntries(
    [...folders].map(folder => ['model_external_initializers_file_folder_path', folder]),
  )
  return await open(encodeGraph(graph), threads, {
    extra: { ...extra, disable_prepacking: '1' },
    externalData,
  })
}

interface Outside {
  readonly extra: Readonly<Record<string, string>>
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[]
}

async function open(onnx: Uint8Array, threads: number, { extra, externalData }: Outside) {
  forbidTelemetry()
  return await InferenceSession.create(onnx, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    ...(externalData.length > 0 && { externalData }),
    extra: { session: { intra_op: { allow_spinning: '0' }, ...extra } },
  })
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: {
  buffer: ArrayBufferLike
  byteOffset: number
  byteLength: number
}) {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
