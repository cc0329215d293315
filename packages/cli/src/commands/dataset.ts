import { resolve } from 'node:path'
import { type DataSourceInput, type DatasetView, nodeEndpoints, Refusal } from '@consort/protocol'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface DatasetAddOptions {
  readonly csv?: string
  readonly label?: string
  readonly features?: string
  readonly missing?: string
  readonly idx?: readonly string[]
  readonly images?: string
  readonly size?: string
  /** Keep colours; commander's spelling of --colour. */
  readonly colour?: boolean
  readonly test?: boolean
  readonly validation?: string
}

export async function addDataset(session: Session, name: string, options: DatasetAddOptions): Promise<void> {
  const { say, terminal } = session
  const validation = options.validation === undefined ? undefined : Number(options.validation)
  const body = {
    dataset: name,
    source: sourceOf(options),
    ...(options.test && { role: 'test' as const }),
    ...(validation !== undefined && { validation }),
  }
  const hourMs = 3_600_000
  const view = await withNode(session, call =>
    call(nodeEndpoints.addDataset, { body }, { timeoutMs: hourMs, signal: session.signal }),
  )
  printResult(terminal, view, () =>
    say.datasetAdded(name, view.card.trainExamples, view.card.evaluationExamples),
  )
  if (!view.published) note(terminal, say.datasetUnpublished)
}

function sourceOf(options: DatasetAddOptions): DataSourceInput {
  const { csv, idx, images } = options
  const chosen = [csv, idx, images].filter(source => source !== undefined)
  if (chosen.length !== 1) {
    throw new Refusal(
      'input-invalid',
      'Say where the records are, with exactly one of --csv, --idx and --images',
      {
        hint: 'For example: consort dataset add patients --csv patients.csv --label outcome',
      },
    )
  }
  if (csv !== undefined) return csvSource(csv, options)
  if (idx !== undefined) return idxSource(idx)
  return folderSource(images!, options)
}

function csvSource(path: string, { label, features, missing }: DatasetAddOptions): DataSourceInput {
  if (label === undefined) {
    throw new Refusal('input-invalid', '--csv needs --label', {
      hint: 'Name the column that is to be predicted.',
    })
  }
  const list = (text: string): string[] => text.split(',').map(part => part.trim())
  return {
    kind: 'csv',
    path: resolve(path),
    label,
    ...(features !== undefined && { features: list(features) }),
    ...(missing !== undefined && { missing: list(missing) }),
  }
}

function idxSource(paths: readonly string[]): DataSourceInput {
  const [images, labels] = paths
  if (images === undefined || labels === undefined || paths.length > 2) {
    throw new Refusal('input-invalid', '--idx takes two files: images, then labels')
  }
  return { kind: 'idx', images: resolve(images), labels: resolve(labels) }
}

function folderSource(path: string, { size, colour }: DatasetAddOptions): DataSourceInput {
  const match = /^(\d+)x(\d+)$/.exec(size ?? '')
  if (!match) {
    throw new Refusal('input-invalid', '--images needs --size HEIGHTxWIDTH', {
      hint: 'All pictures become this size, e.g. --size 28x28.',
    })
  }
  const kind = 'image-folder'
  return {
    kind,
    path: resolve(path),
    height: Number(match[1]),
    width: Number(match[2]),
    channels: colour ? 3 : 1,
  }
}

export async function listDatasets(session: Session): Promise<void> {
  const { say, terminal } = session
  const { datasets } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  printResult(terminal, datasets, () => (datasets.length === 0 ? say.nothingYet : table(session, datasets)))
}

export async function showDataset(session: Session, name: string): Promise<void> {
  const { datasets } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  const found = datasets.find(dataset => dataset.card.dataset === name)
  if (!found)
    throw new Refusal('not-found', `No data set is registered as ${name}`, {
      hint: '`consort dataset list` shows all of them.',
    })
  printResult(
    session.terminal,
    found,
    () => `${table(session, [found])}\n\n${JSON.stringify(found, null, 2)}`,
  )
}

function table({ say, terminal }: Session, datasets: readonly DatasetView[]): string {
  const { word } = say
  return formatTable(
    terminal,
    [word.dataset, word.purpose, word.examples, word.forEvaluation, word.published],
    datasets.map(({ card, published }) => [
      card.dataset,
      card.role,
      card.trainExamples,
      card.evaluationExamples,
      published ? word.yes : word.no,
    ]),
  )
}
