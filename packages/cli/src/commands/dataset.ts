import { resolve } from 'node:path'
import { type DataSourceInput, type DatasetView, nodeEndpoints, Refusal } from '@consort/protocol'
import { exitCodes } from '../exit-codes.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface DatasetAddOptions {
  readonly csv?: string
  readonly mapping?: string
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

/** Registers a data set at this node, and tells the hub its data card. */
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

/** Shows what a mapping makes of a file. Exits with the code of a check that found something if it does not conform. */
export async function checkDataset(
  session: Session,
  name: string,
  options: DatasetAddOptions,
): Promise<number> {
  const { say, terminal } = session
  const body = { dataset: name, source: sourceOf(options) }
  const view = await withNode(session, call => call(nodeEndpoints.checkDataset, { body }))
  printResult(terminal, view, () => {
    const table = formatTable(
      terminal,
      [say.word.field, say.word.column, say.word.recorded, say.word.missing],
      view.fields.map(({ field, column, recorded, missing }) => [
        field,
        column ?? '-',
        String(recorded),
        String(missing),
      ]),
    )
    const findings = view.fields.flatMap(({ findings }) =>
      findings.map(({ level, what, hint }) => {
        const sign = level === 'error' ? terminal.paint('bad', '✗') : '!'
        return `${sign} ${what}\n  ${hint}`
      }),
    )
    return [table, ...findings, say.conforms(view.conforms, view.records)].join('\n')
  })
  return view.conforms ? exitCodes.done : exitCodes.checkFailed
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

function csvSource(path: string, options: DatasetAddOptions): DataSourceInput {
  const { label, features, missing, mapping } = options
  if (mapping !== undefined) return { kind: 'mapped', path: resolve(path), mapping: resolve(mapping) }
  if (label === undefined) {
    throw new Refusal('input-invalid', '--csv needs --label or --mapping', {
      hint: 'Name the column that is to be predicted, or the mapping to the agreed schema.',
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

/** Prints the data sets that are registered at this node. */
export async function listDatasets(session: Session): Promise<void> {
  const { say, terminal } = session
  const { datasets } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  printResult(terminal, datasets, () => (datasets.length === 0 ? say.nothingYet : table(session, datasets)))
}

/** Prints one data set with its data card. */
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
