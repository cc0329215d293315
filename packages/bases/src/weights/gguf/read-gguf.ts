import { sizeOfShape } from '@consort/protocol'
import { bytesOfNumbers } from '../codings.ts'
import type { WeightsFile } from '../open-weights-file.ts'
import type { StoredTensor, StoredTensors } from '../stored-tensor.ts'
import { shown, weightsRefusal } from '../weights-refusal.ts'
import { GgufCursor, type GgufValue, Short } from './gguf-cursor.ts'
import { ggufTypeName, readableType } from './gguf-types.ts'

/** What a GGUF file says. */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: StoredTensors
}

/** A vocabulary of 256,000 words takes some 10 MB. */
const headerBytesMax = 256 * 1024 * 1024

/**
 * Reads the header of a GGUF file of version 2 or 3 (ggml's `docs/gguf.md`): values by name, and where the tensors
 * lie, with the sides in Hugging Face's order. Throws `weights-invalid` for another version, for numbers of a kind that
 * is not read here, for a file that was cut, and for tensors that lie over each other.
 */
export async function readGguf(file: WeightsFile): Promise<GgufFile> {
  for (let bytes = 1024 * 1024; ; bytes *= 4) {
    const head = Buffer.alloc(Math.min(bytes, file.bytes, headerBytesMax))
    await file.read(0, head)
    try {
      return parse(file, head)
    } catch (error) {
      if (error instanceof TypeError) throw weightsRefusal(file.name, error.message)
      if (!(error instanceof Short)) throw error
      if (head.length === file.bytes) throw weightsRefusal(file.name, 'it ends in its header')
      if (head.length === headerBytesMax)
        throw weightsRefusal(file.name, 'its header has more than 256 MiB, or lies about its lengths')
    }
  }
}

function parse(file: WeightsFile, head: Buffer): GgufFile {
  const cursor = new GgufCursor(head)
  checkVersion(file, cursor)
  const tensorCount = cursor.u64()
  const valueCount = cursor.u64()
  const metadata = new Map<string, GgufValue>()
  for (let i = 0; i < valueCount; i++) metadata.set(cursor.text(), cursor.value(cursor.u32()))
  const entries: Entry[] = []
  for (let i = 0; i < tensorCount; i++) entries.push(readEntry(file, cursor))
  const said = metadata.get('general.alignment') ?? 32
  const alignment = typeof said === 'number' ? said : 0
  if (!Number.isInteger(alignment) || alignment < 1 || alignment % 8 !== 0)
    throw weightsRefusal(file.name, `its alignment is ${said}`)
  const start = Math.ceil(cursor.at / alignment) * alignment
  return { metadata, tensors: placed(file, entries, start, alignment) }
}

function checkVersion(file: WeightsFile, cursor: GgufCursor): void {
  if (cursor.u32() !== 0x46554747) throw weightsRefusal(file.name, 'it does not begin as a GGUF file does')
  const version = cursor.u32()
  if (version === 2 || version === 3) return
  const why = version % 65_536 === 0 ? 'it is written for big-endian machines' : `its version is ${version}`
  throw weightsRefusal(file.name, why, 'Versions 2 and 3 are read: convert the model anew with llama.cpp.')
}

type Entry = Pick<StoredTensor, 'name' | 'dtype' | 'shape'> & {
  readonly offset: number
  readonly bytes: number
}

function readEntry(file: WeightsFile, cursor: GgufCursor): Entry {
  const name = cursor.text()
  const sides = cursor.u32()
  if (sides > 4) throw weightsRefusal(file.name, `${shown(name)} has ${sides} sides`)
  // The first side of GGUF is the one along which numbers lie next to each other.
  const shape = Array.from({ length: sides }, () => cursor.u64()).reverse()
  const type = cursor.u32()
  const offset = cursor.u64()
  const dtype = readableType(type)
  if (dtype === undefined)
    throw weightsRefusal(
      file.name,
      `${shown(name)} is ${ggufTypeName(type)}`,
      'Read are F32, F16, BF16, Q8_0, Q4_0 and Q4_1: take such a file, or the safetensors of the model.',
    )
  const numbers = sizeOfShape(shape)
  const bytes = Number.isSafeInteger(numbers) ? bytesOfNumbers(dtype, numbers) : undefined
  if (bytes === undefined || (shape.at(-1) ?? 1) * numbers === 0 || !fitsRows(dtype, shape))
    throw weightsRefusal(file.name, `${shown(name)} is ${dtype} [${shape.join(', ')}], which cannot be`)
  return { name, dtype, shape, offset, bytes }
}

/** Blocks do not go over the end of a row. */
function fitsRows(dtype: Parameters<typeof bytesOfNumbers>[0], shape: readonly number[]): boolean {
  return bytesOfNumbers(dtype, shape.at(-1) ?? 1) !== undefined
}

function placed(file: WeightsFile, entries: readonly Entry[], start: number, alignment: number) {
  const tensors = new Map<string, StoredTensor>()
  let end = 0
  for (const { offset, bytes, ...entry } of entries.toSorted((a, b) => a.offset - b.offset)) {
    const told = shown(entry.name)
    if (tensors.has(entry.name)) throw weightsRefusal(file.name, `it has two tensors ${told}`)
    if (offset % alignment !== 0) throw weightsRefusal(file.name, `${told} lies at ${offset}, unaligned`)
    if (offset < end) throw weightsRefusal(file.name, `the header says that ${told} overlaps another tensor`)
    end = offset + bytes
    if (start + end > file.bytes)
      throw weightsRefusal(
        file.name,
        `it ends in ${told}: it has ${file.bytes} bytes, this tensor ends at ${start + end}`,
      )
    tensors.set(entry.name, { ...entry, place: { path: file.path, offset: start + offset, bytes }, file })
  }
  return tensors
}
