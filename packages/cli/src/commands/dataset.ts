import { resolve } from 'node:path'
import type { DataSource } from '@consort/data'
import { type Given, sourceOfFlags } from '@consort/data/source-flags'
import { type DatasetView, nodeEndpoints, Refusal } from '@consort/protocol'
import { Option } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

/** Beside these it holds the flags of the file formats. */
export interface DatasetAddOptions extends Readonly<Record<string, unknown>> {
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
  options: Readonly<Record<string, unknown>>,
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

/** Commander keeps a flag under the name that it makes of its spelling. */
function sourceOf(options: Readonly<Record<string, unknown>>): DataSource {
  const given: Given = ({ spelling, value }) =>
    value.optional().parse(options[new Option(spelling).attributeName()])
  return sourceOfFlags(given, path => resolve(path))
}

/** Prints the data sets that are registered at this node. */
export async function listDatasets(session: Session): Promise<void> {
  const { say, terminal } = session
  const { datasets, unreadable } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  printResult(terminal, datasets, () => (datasets.length === 0 ? say.nothingYet : table(session, datasets)))
  for (const name of unreadable) note(terminal, say.datasetUnreadable(name))
}

/** Prints one data set with its data card. */
export async function showDataset(session: Session, name: string): Promise<void> {
  const { datasets, unreadable } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  if (unreadable.includes(name)) throw new Refusal('data-unreadable', session.say.datasetUnreadable(name))
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
