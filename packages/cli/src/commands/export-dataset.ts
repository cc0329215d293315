import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type AnonymityView, type ExportView, isRefusal, nodeEndpoints, Refusal } from '@consort/protocol'
import { parse } from 'yaml'
import { exitCodes } from '../exit-codes.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface ExportOptions {
  readonly rules?: string
  readonly recipient: string
  readonly out?: string
  readonly names?: string
}

/**
 * Writes a de-identified copy of a data set, and shows how well its records hide; without --out it only shows that, and
 * exits with the code of a check that found something if it is not enough.
 */
export async function exportDataset(session: Session, name: string, options: ExportOptions): Promise<number> {
  const { say, terminal } = session
  const asked = {
    dataset: name,
    rules: options.rules === undefined ? null : readRules(options.rules),
    recipient: options.recipient,
    ...(options.names !== undefined && { names: readNames(options.names) }),
  }
  const patience = { timeoutMs: 3_600_000, signal: session.signal }
  return await withNode(session, async call => {
    if (options.out === undefined) {
      const report = await call(nodeEndpoints.checkExport, { body: asked }, patience)
      printResult(terminal, report, () => reportText(session, report))
      return report.holds ? exitCodes.done : exitCodes.checkFailed
    }
    try {
      const body = { ...asked, path: resolve(options.out) }
      const view = await call(nodeEndpoints.exportRecords, { body }, patience)
      printResult(terminal, view, () => exportText(session, view))
      note(terminal, view.kind === 'pictures' ? say.exportPictures : say.exportOwner)
      return exitCodes.done
    } catch (error) {
      const isRefused = isRefusal(error, 'agreement-refused')
      if (isRefused && asked.rules !== null && !terminal.json) {
        const report = await call(nodeEndpoints.checkExport, { body: asked }, patience).catch(() => undefined)
        if (report) note(terminal, `${reportText(session, report)}\n`)
      }
      throw error
    }
  })
}

function exportText(session: Session, view: ExportView): string {
  const { say, terminal } = session
  if (view.kind !== 'pictures')
    return `${reportText(session, view.anonymity)}\n${say.exportWritten(view.anonymity.rows, view.path)}`
  const removed = formatTable(
    terminal,
    [say.word.removed, say.word.pictures],
    view.removed.map(({ what, pictures }) => [what, pictures]),
  )
  const turned = view.turned > 0 ? [say.exportTurned(view.turned)] : []
  return [removed, ...turned, say.exportWritten(view.pictures, view.path)].join('\n')
}

/** What is asked for and reached, what each quasi-identifier costs, and what the report says nothing of. */
function reportText({ say, terminal }: Session, report: AnonymityView): string {
  const { word } = say
  const mark = (reached: number, asked: number): string =>
    reached >= asked ? '✓' : terminal.paint('bad', '✗')
  const { asked } = report
  const measures = formatTable(
    terminal,
    ['', word.asked, word.reached, ''],
    [
      [`k (${say.exportCounted[report.counted]})`, asked.k, report.k, mark(report.k, asked.k)],
      ...report.diversity.map(({ field, distinct }) => [
        `l (${field})`,
        asked.l,
        distinct,
        mark(distinct, asked.l),
      ]),
    ],
  )
  const below = rowsBelow(report, asked.k)
  const without = formatTable(
    terminal,
    [word.withoutField, 'k', say.rowsBelow(asked.k)],
    [
      ['-', report.k, below],
      ...report.without.map(other => [other.field, other.k, rowsBelow(other, asked.k)]),
    ],
  )
  const parts = report.holds || report.without.length === 0 ? [measures] : [measures, '', without]
  if (report.notCovered.length > 0) parts.push(say.exportNotCovered(report.notCovered.join(say.comma)))
  return parts.join('\n')
}

function rowsBelow({ classes }: Pick<AnonymityView, 'classes'>, k: number): number {
  return classes.reduce((sum, { size, rows }) => sum + (size < k ? rows : 0), 0)
}

function readRules(path: string): Record<string, unknown> {
  const refusal = (what: string, cause?: unknown): Refusal =>
    new Refusal('input-invalid', `${path} ${what}`, {
      hint: 'docs/deidentification.md has an example with every rule.',
      cause,
    })
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw refusal('cannot be read as YAML or JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal('holds no rules')
  return { ...value }
}

/** One name a line. */
function readNames(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/)
    return lines.map(line => line.trim()).filter(line => line !== '')
  } catch (cause) {
    throw new Refusal('input-invalid', `${path} cannot be read`, { cause })
  }
}
