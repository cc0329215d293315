import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type NamedTensor, parseTensors, Refusal, type TensorLayout } from '@consort/protocol'
import { z } from 'zod'
import type { Trained } from '../train.ts'
import { trainerFiles } from './inputs.ts'

const metricsSchema = z.strictObject({ loss: z.number().nullable(), examples: z.int().min(0) })

const metricsBytesMax = 64 * 1024
/** A header may be longer than ours: other writers add metadata. */
const headerBytesMax = 4 * 1024 * 1024

/**
 * What a trainer left in its folder. Throws `trainer-output-invalid` unless the update has the tensors of `layout` in
 * finite F32 numbers, and the metrics are those of `examples` examples.
 */
export async function readResult(
  folder: string,
  { layout, examples }: { layout: TensorLayout; examples: number },
): Promise<Trained> {
  const metrics = parseMetrics(await readPlainFile(folder, trainerFiles.metrics, metricsBytesMax))
  if (metrics.examples !== examples) {
    throw invalid(`metrics.json tells of ${metrics.examples} examples, there were ${examples}`)
  }
  const file = await readPlainFile(folder, trainerFiles.update, layout.bytes + headerBytesMax)
  const weights = arrangeTensors(layout, file)
  return { weights, examples, loss: metrics.loss ?? undefined }
}

/** Loss and number of examples. Throws `trainer-output-invalid` for anything else than the two. */
export function parseMetrics(file: Uint8Array): z.infer<typeof metricsSchema> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(file).toString('utf8'))
  } catch {
    throw invalid('metrics.json is not JSON (which knows no NaN: the loss may be null)')
  }
  const result = metricsSchema.safeParse(value)
  if (result.success) return result.data
  throw invalid('metrics.json is not { "loss": number or null, "examples": whole number }')
}

/**
 * The floats of a safetensors file in the order of `layout`, in which its tensors may come in any. Throws
 * `trainer-output-invalid` when one is missing, too many, of another shape or type, or not finite.
 */
export function arrangeTensors(layout: TensorLayout, file: Uint8Array): Float32Array<ArrayBuffer> {
  const found = new Map(readTensors(file).map(tensor => [tensor.name, tensor]))
  const values = new Float32Array(layout.size)
  for (const { name, shape, offset } of layout.tensors) {
    const tensor = found.get(name)
    if (!tensor) throw invalid(`the update has no tensor ${name}`)
    if (String(tensor.shape) !== String(shape))
      throw invalid(`tensor ${name} has the shape [${tensor.shape}] instead of [${shape}]`)
    if (!tensor.data.every(Number.isFinite)) throw invalid(`tensor ${name} holds numbers that are not finite`)
    values.set(tensor.data, offset)
    found.delete(name)
  }
  const [extra] = found.keys()
  if (extra !== undefined) throw invalid(`the model has no tensor ${extra}`)
  return values
}

function readTensors(file: Uint8Array): NamedTensor[] {
  try {
    return parseTensors(file)
  } catch (error) {
    if (error instanceof Refusal) throw invalid(`the update: ${error.message}`)
    throw error
  }
}

/** A file that the program made itself: no link to one of ours, no pipe to wait at, no more than `bytesMax`. */
async function readPlainFile(folder: string, name: string, bytesMax: number): Promise<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(join(folder, name), flags).catch((error: NodeJS.ErrnoException) => {
    throw invalid(error.code === 'ENOENT' ? `it left no ${name}` : `${name} cannot be opened (${error.code})`)
  })
  try {
    const entry = await handle.stat()
    if (!entry.isFile() || entry.nlink !== 1) throw invalid(`${name} is not a plain file`)
    if (entry.size > bytesMax) throw invalid(`${name} has ${entry.size} bytes, more than ${bytesMax}`)
    const bytes = new Uint8Array(entry.size)
    let length = 0
    for (let got = -1; got !== 0; length += got)
      got = (await handle.read(bytes, length, bytes.length - length)).bytesRead
    return bytes.subarray(0, length)
  } finally {
    await handle.close()
  }
}

function invalid(why: string): Refusal {
  return new Refusal('trainer-output-invalid', `The trainer's result cannot be used: ${why}`, {
    hint: 'docs/trainers.md says what it has to leave.',
  })
}
