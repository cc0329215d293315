import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Refusal } from '@consort/protocol'
import { fileRefusal } from '@consort/records/file-refusal'
import { openFile } from '../files/open-file.ts'

const gunzipBytes = promisify(gunzip)

/** The rank (number of dimensions) tells the two files of the MNIST family apart. */
export const idxRanks = { images: 3, labels: 1 } as const

export interface IdxFile {
  readonly shape: readonly number[]
  /** As many bytes as the product of `shape`. */
  readonly bytes: Uint8Array
}

/**
 * Reads one IDX file of unsigned bytes (yann.lecun.com/exdb/mnist), gzipped or not: two zero bytes, the element
 * type, the rank, each dimension as a big-endian 32-bit number, the data. Throws `data-unreadable`.
 */
export async function readIdxFile(
  path: string,
  { holds, signal }: { holds: keyof typeof idxRanks; signal: AbortSignal | undefined },
): Promise<IdxFile> {
  const file = await unpack(path, await readWhole(path, signal))
  const rank = idxRanks[holds]
  const headerBytes = 4 + 4 * rank
  if (file.length < 4 || file.readUInt16BE(0) !== 0) {
    throw refusal(path, 'is not an IDX file', 'Only the format of the MNIST files is read, plain or gzipped.')
  }
  if (file[2] !== 0x08) {
    throw refusal(path, 'does not hold unsigned bytes', 'Convert it: only the element type 0x08 is read.')
  }
  if (file[3] !== rank) {
    const swapped = file[3] === idxRanks.images || file[3] === idxRanks.labels
    throw refusal(
      path,
      `has ${file[3]} dimensions, ${holds} have ${rank}`,
      swapped
        ? 'Were the files of images and labels swapped?'
        : 'Images are grey: count × height × width; labels are one list.',
    )
  }
  if (file.length < headerBytes) throw refusal(path, 'ends inside its header', cutHint)
  const shape = Array.from({ length: rank }, (_, dimension) => file.readUInt32BE(4 + 4 * dimension))
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  const bytes = new Uint8Array(file.buffer, file.byteOffset + headerBytes, file.length - headerBytes)
  if (size === 0) throw refusal(path, `holds no ${holds}`, 'Its header announces none.')
  if (bytes.length < size) {
    throw refusal(path, `ends after ${bytes.length} of the ${size} bytes that its header announces`, cutHint)
  }
  if (bytes.length > size) {
    throw refusal(
      path,
      `goes on for ${bytes.length - size} bytes after its last record`,
      'Its header and its content do not belong together; get the file again.',
    )
  }
  return { shape, bytes }
}

const cutHint = 'The file was cut on the way here; get it again.'

async function readWhole(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    await using handle = await openFile(path)
    return await handle.readFile({ signal })
  } catch (error) {
    throw fileRefusal(path, error)
  }
}

async function unpack(path: string, file: Buffer): Promise<Buffer> {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file
  try {
    return await gunzipBytes(file)
  } catch (cause) {
    throw new Refusal('data-unreadable', `${path} cannot be unpacked`, { hint: cutHint, cause })
  }
}

function refusal(path: string, what: string, hint: string): Refusal {
  return new Refusal('data-unreadable', `${path} ${what}`, { hint })
}
