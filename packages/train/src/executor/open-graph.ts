import { dirname } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph } from '../graph/graph.ts'
import { type EncodeOptions, encodeGraph } from '../onnx/encode-graph.ts'
import { openSession } from './session.ts'

/** A graph that can be run: frozen tensors are fed by themselves. */
export interface OpenGraph {
  run(feeds: Readonly<Record<string, Tensor>>, fetches?: Readonly<Record<string, Tensor>>): Outputs
  close(): Promise<void>
}

type Outputs = ReturnType<InferenceSession['run']>

/**
 * Opens a graph whose frozen tensors stay where they are. Files are mapped, so that several sessions and processes
 * share one copy; nothing is packed anew for the processor, which would be another.
 */
export async function openGraph(graph: Graph, threads: number, options?: EncodeOptions): Promise<OpenGraph> {
  const session = await openSession(encodeGraph(graph, options), threads, {
    ...folderOf(graph),
    disable_prepacking: '1',
  })
  const fed = Object.fromEntries(
    [...graph.fed].map(([name, { shape, data }]) => [name, new Tensor('float32', data, shape)] as const),
  )
  const outputs = [...session.outputNames]
  return {
    run: (feeds, fetches) => session.run({ ...fed, ...feeds }, fetches ?? outputs),
    close: () => session.release(),
  }
}

/** Where ONNX Runtime looks for the files of placed tensors; it takes names without folders only. */
function folderOf({ constants }: Graph): Record<string, string> {
  const folders = new Set(constants.flatMap(({ data }) => ('path' in data ? [dirname(data.path)] : [])))
  if (folders.size > 1) throw new RangeError(`the tensors of a graph lie in ${folders.size} folders`)
  return Object.fromEntries(
    [...folders].map(folder => ['model_external_initializers_file_folder_path', folder]),
  )
}
