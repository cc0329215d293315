import { resolve } from 'node:path'
import {
  brightnessOf,
  comparisonPicture,
  drawnDigits,
  mostLike,
  picturesOf,
  type Reconstruction,
  reconstruct,
} from '@consort/attacks'
import { parseSource, readDataset, writeGreyImage } from '@consort/data'
import { nodeEndpoints, Refusal } from '@consort/protocol'
import type { Examples } from '@consort/train'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface DoctorPrivacyOptions {
  readonly dataset?: string
  /** From 1. */
  readonly record?: string
  readonly output?: string
}

/** Records in the updates that are attacked. */
const sizes = [1, 8, 64]

/** Columns of the picture. */
const shown = 8

/**
 * Plays a hub that wants to see records: attacks updates that are made here, and writes what it sees beside the
 * originals to a picture. On digits that are drawn for it, or on records of this node's own. Nothing leaves this
 * machine.
 */
export async function runDoctorPrivacy(session: Session, options: DoctorPrivacyOptions): Promise<void> {
  const { say, terminal } = session
  const { attacked, similar } = await picturesFor(session, options)
  const brightness = brightnessOf(similar)
  const found: Reconstruction[] = []
  for (const records of sizes.filter(size => size <= attacked.count))
    found.push(...(await reconstruct(attacked, { records, brightness })))

  const path = resolve(options.output ?? 'privacy.png')
  const originals = picturesOf(attacked).slice(0, shown)
  const rows = found.map(({ records, candidates }) =>
    originals.slice(0, records).map(original => mostLike(candidates, original)?.candidate),
  )
  const { pixels, ...size } = comparisonPicture([originals, ...rows], shapeOf(attacked))
  await writeGreyImage(path, pixels, size)

  const results = found.map(({ records, sent, recovered, psnr }) => ({ records, sent, recovered, psnr }))
  printResult(terminal, { picture: path, updates: results }, () =>
    [
      say.inversionOf(options.dataset),
      formatTable(
        terminal,
        [say.word.recordsInUpdate, '', say.word.recovered, 'PSNR, dB'],
        results.map(({ records, sent, recovered, psnr }) => [
          records,
          say.inversionSent[sent],
          recovered,
          psnr.toFixed(1),
        ]),
      ),
      say.inversionPicture(path),
      say.inversionAdvice,
    ].join('\n'),
  )
}

interface Pictures {
  readonly attacked: Examples
  /** What a hub takes for similar: it does not know the ones that it attacks. */
  readonly similar: Examples
}

async function picturesFor(session: Session, { dataset, record }: DoctorPrivacyOptions): Promise<Pictures> {
  const most = sizes.at(-1)!
  if (dataset === undefined) return { attacked: drawnDigits(most, 1), similar: drawnDigits(500, 2) }
  const { datasets } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  const view = datasets.find(({ card }) => card.dataset === dataset)
  if (!view) {
    throw new Refusal('not-found', `No data set ${dataset} is registered here`, {
      hint: 'See `consort dataset list`.',
    })
  }
  if (view.card.contents.kind !== 'images') {
    throw new Refusal('data-mismatch', `${dataset} is a table, of which there is no picture to show`, {
      hint: 'Without --dataset the attack is shown on drawn digits; rows of a table come out as pictures do.',
    })
  }
  const images = await readDataset(parseSource(view.source), { signal: session.signal })
  if (images.kind !== 'images') throw new Refusal('data-changed', `${dataset} no longer holds pictures`)
  const first = Number(record ?? 1)
  if (!(Number.isInteger(first) && first >= 1 && first <= images.count)) {
    throw new Refusal('input-invalid', `${dataset} has the records 1 to ${images.count}`)
  }
  const { channels, height, width, pixels, count, labels } = images
  const size = channels * height * width
  const classes = [...new Set(labels)]
  const examples = (from: number, to: number): Examples => ({
    count: to - from,
    inputShape: [channels, height, width],
    inputs: pixels.subarray(from * size, to * size),
    // Which class is which is of no matter; the attacked network has ten.
    labels: Int32Array.from(labels.slice(from, to), label => classes.indexOf(label) % 10),
  })
  const end = Math.min(count, first - 1 + most)
  return { attacked: examples(first - 1, end), similar: examples(0, Math.min(count, 500)) }
}

function shapeOf({ inputShape }: Examples): [number, number, number] {
  const [channels, height, width] = inputShape
  return [channels!, height!, width!]
}
