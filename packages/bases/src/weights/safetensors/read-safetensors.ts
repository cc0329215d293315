import { sizeOfShape } from '@consort/protocol'
import { z } from 'zod'
import type { WeightsFile } from '../open-weights-file.ts'
import type { StoredTensor } from '../stored-tensor.ts'
import { shown, weightsRefusal } from '../weights-refusal.ts'

/** As the format's own readers have it. */
const headerBytesMax = 100_000_000

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string().max(20),
    shape: z.array(z.int().min(0)).max(16),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
)

/** Bytes of one number, of those kinds that a file may hold; the others are refused where they are needed. */
const bytesOf: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2 },
  ...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
}

/**
 * Reads the header of a safetensors file (huggingface/safetensors): eight bytes of length, JSON, the numbers. Throws
 * `weights-invalid` for a file that was cut, and for a header that lies about where tensors lie.
 */
export async function readSafetensors(file: WeightsFile): Promise<StoredTensor[]> {
  const entries = await readHeader(file)
  const sorted = Object.entries(entries.tensors).sort(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  )
  let end = 0
  for (const [name, { dtype, shape, data_offsets: offsets }] of sorted) {
    const [from, to] = offsets
    const told = shown(name)
    if (from < end) throw weightsRefusal(file.name, `the header says that ${told} overlaps another tensor`)
    if (from > end) throw weightsRefusal(file.name, `the header leaves bytes before ${told} to nobody`)
    const numberBytes = bytesOf[dtype]
    const isOther = numberBytes !== undefined && to - from !== numberBytes * sizeOfShape(shape)
    if (to < from || isOther)
      throw weightsRefusal(
        file.name,
        `${told} is ${dtype} [${shape.join(', ')}], which is not ${to - from} bytes`,
      )
    if (entries.start + to > file.bytes)
      throw weightsRefusal(
        file.name,
        `it ends in ${told}: it has ${file.bytes} bytes, this tensor ends at ${entries.start + to}`,
      )
    end = to
  }
  if (entries.start + end !== file.bytes)
    throw weightsRefusal(file.name, 'there are bytes after the last tensor')
  return sorted.map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => ({
      name,
      dtype,
      shape,
      place: { path: file.path, offset: entries.start + from, bytes: to - from },
      file,
    }),
  )
}

async function readHeader(file: WeightsFile) {
  if (file.bytes < 8) throw weightsRefusal(file.name, 'it ends before its header')
  const length = Buffer.alloc(8)
  await file.read(0, length)
  const bytes = length.readBigUInt64LE()
  if (bytes > BigInt(headerBytesMax))
    throw weightsRefusal(file.name, `its header would have ${bytes} bytes, 100 MB at most are read`)
  const start = 8 + Number(bytes)
  if (start > file.bytes)
    throw weightsRefusal(file.name, `it has ${file.bytes} bytes, and its header ends at ${start}`)
  const text = Buffer.alloc(Number(bytes))
  await file.read(8, text)
  const { __metadata__, ...tensors } = parseHeader(file, text)
  const parsed = headerSchema.safeParse(tensors)
  if (parsed.success) return { start, tensors: parsed.data }
  const at = shown(String(parsed.error.issues[0]?.path[0] ?? ''))
  throw weightsRefusal(file.name, `its header does not describe ${at} as a tensor`)
}

function parseHeader(file: WeightsFile, text: Buffer): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text.toString('utf8')))
  } catch {
    throw weightsRefusal(file.name, 'its header is not a JSON object')
  }
}
