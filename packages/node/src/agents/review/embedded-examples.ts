import {
  bytesOfExample,
  digestBytes,
  encodeExamples,
  labelAt,
  recordsOf,
  splitByDigests,
} from '@consort/data'
import type { CaseRecord } from '@consort/protocol'
import type { Predictor } from '@consort/serving'
import type { Examples } from '@consort/train'
import type { RegisteredDataset } from '../../datasets/dataset-store.ts'
import { readRegistered } from '../../datasets/read-registered.ts'

/** Labelled records as people read them, with what the last layer of a model is given for each. */
export interface EmbeddedExamples {
  /** Records × the width of the model's last layer. */
  readonly embeddings: Float32Array
  readonly labels: readonly string[]
  /** Of a row the fields that the model looks at, of a picture a PNG of the size at which it looks. */
  record(index: number): Promise<CaseRecord>
}

/** As many are held in memory; beyond, a sample that is always the same. */
const recordsMax = 20_000
/** Of pictures and texts, no more than this many bytes of pixels and of numbers. */
const pixelBytesMax = 256 * 2 ** 20

/** What reading a data set needs. */
export type EmbeddingContext = Parameters<typeof readRegistered>[0]

/**
 * Reads the files of a registered data set again and embeds the records that train, at most `recordsMax`; none of a
 * test set. Throws `data-changed` when the files no longer hold what was registered, `data-mismatch`, `value-invalid`
 * and `class-unknown` where the model's recipe does not fit them.
 */
export async function embedExamples(
  context: EmbeddingContext,
  row: RegisteredDataset,
  predictor: Predictor,
  limits: { readonly records: number; readonly pixelBytes: number } = {
    records: recordsMax,
    pixelBytes: pixelBytesMax,
  },
): Promise<EmbeddedExamples> {
  const { data, records } = await readRegistered(context, row)
  if (row.signedCard.document.role === 'test')
    return { embeddings: new Float32Array(0), labels: [], record: noRecord }
  const { train } = splitByDigests(records, row.validation)
  const size = bytesOfExample(data, predictor.recipe.input)
  const count = Math.min(limits.records, size === 0 ? train.length : Math.floor(limits.pixelBytes / size))
  const rows = sampled(records, train, count)
  const examples = encodeExamples(data, predictor.recipe, rows)
  return {
    embeddings: await embedAll(predictor, examples),
    labels: Array.from(rows, index => labelAt(data, index)),
    record: await recordsOf(data, { rows, input: predictor.recipe.input, examples }),
  }
}

/**
 * Those whose keyed digests end lowest: the same ones at every reading, copies together, independent of the first
 * octets, which chose what trains.
 */
function sampled(records: Uint8Array, rows: Int32Array, count: number): Int32Array {
  if (rows.length <= count) return rows
  const endOf = (row: number) => records.subarray(row * digestBytes + 8, (row + 1) * digestBytes)
  return rows
    .toSorted((a, b) => Buffer.compare(endOf(a), endOf(b)) || a - b)
    .subarray(0, count)
    .toSorted()
}

const rowsAtOnce = 256

async function embedAll(predictor: Predictor, { count, inputs }: Examples): Promise<Float32Array> {
  const size = inputs.length / count
  let embeddings = new Float32Array(0)
  for (let from = 0; from < count; from += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - from)
    const part = await predictor.embed(
      Float32Array.from(inputs.subarray(from * size, (from + rows) * size)),
      rows,
    )
    const width = part.length / rows
    if (from === 0) embeddings = new Float32Array(count * width)
    embeddings.set(part, from * width)
  }
  return embeddings
}

const noRecord: EmbeddedExamples['record'] = async index => {
  throw new RangeError(`A test set has no record ${index} that trains`)
}
