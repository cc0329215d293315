import { resolve } from 'node:path'
import { exportOf } from '@consort/data'
import { type AnonymityReport, assertAnonymous, parseDeidentificationRules } from '@consort/privacy'
import { type AnonymityView, digestOfBytes, digestOfJson, type ExportView, Refusal } from '@consort/protocol'
import type { DatasetContext } from '../context.ts'
import type { RegisteredDataset } from '../dataset-store.ts'
import { currentDataset } from '../find-dataset.ts'
import { askedAnonymity } from './asked-anonymity.ts'
import { csvText } from './csv-text.ts'
import { deidentifyRegistered } from './deidentify-registered.ts'
import { exportPictures } from './export-pictures.ts'
import { logExport } from './log-export.ts'
import { writeNewFile } from './new-file.ts'

export interface AskedExport {
  readonly dataset: string
  /** As they were sent; null for pictures. */
  readonly rules: Readonly<Record<string, unknown>> | null
  readonly recipient: string
  readonly names: readonly string[]
}

/** What an export of a table would hold; nothing is written or refused for want of k. */
export async function checkExport(context: DatasetContext, asked: AskedExport): Promise<AnonymityView> {
  return (await anonymityOf(context, await registered(context, asked), asked)).anonymity
}

/**
 * Writes a de-identified copy of a data set to a new file (of pictures: without metadata, to a new folder) and an entry
 * in the event log: counts, digests and names of data set and recipient. The entry comes first, so that there is no
 * file without one. Throws `agreement-refused` under the k or l of the rules or of the agreement, `already-exists`,
 * `input-invalid` for rules that are not total over the fields, `value-invalid` for a cell that its rule cannot read.
 */
export async function exportRecords(
  context: DatasetContext,
  { path: asPath, ...asked }: AskedExport & { readonly path: string },
): Promise<ExportView> {
  const path = resolve(asPath)
  const row = await registered(context, asked)
  const { dataset, recipient } = asked
  const leaving = exportOf(row.source)
  if (leaving.as !== 'rows') {
    if (asked.rules !== null) throw rulesForPictures(dataset)
    if (leaving.as === 'nothing') {
      throw new Refusal('input-invalid', `${dataset} ${leaving.why}`, { hint: leaving.hint })
    }
    return await exportPictures(context, row, { list: leaving.list, recipient, path })
  }
  const { rows, rules, anonymity } = await anonymityOf(context, row, asked)
  assertAnonymous(anonymity, anonymity.asked)
  const bytes = Buffer.from(csvText(rows))
  const digest = digestOfBytes(bytes)
  await writeNewFile(context.files, path, bytes, () =>
    logExport(context, {
      dataset,
      recipient,
      digest,
      rules: digestOfJson(rules),
      rows: rows.length,
      k: anonymity.k,
      l: leastL(anonymity),
    }),
  )
  return { kind: 'table', dataset, recipient, path, digest, anonymity }
}

async function registered(context: DatasetContext, { dataset }: AskedExport): Promise<RegisteredDataset> {
  const row = await currentDataset(context, dataset)
  if (row) return row
  throw new Refusal('not-found', `No data set is registered as ${dataset}`, {
    hint: '`consort dataset list` shows all of them.',
  })
}

async function anonymityOf(context: DatasetContext, row: RegisteredDataset, asked: AskedExport) {
  if (exportOf(row.source).as !== 'rows')
    throw asked.rules === null ? noReport(row.dataset) : rulesForPictures(row.dataset)
  if (asked.rules === null) {
    throw new Refusal('input-invalid', `${row.dataset} is a table, and no rules were given`, {
      hint: 'Every field needs one: docs/deidentification.md has an example.',
      path: 'rules',
    })
  }
  const rules = parseDeidentificationRules(asked.rules)
  const least = await askedAnonymity(context, rules)
  const { rows, report, notCovered } = await deidentifyRegistered(context, row, { ...asked, rules })
  const isDiverse = report.diversity.every(({ distinct }) => distinct >= least.l)
  const holds = report.k >= least.k && isDiverse
  const anonymity = { ...mutable(report), notCovered: [...notCovered], asked: least, holds }
  return { rows, rules, anonymity }
}

/** The report, which nobody may change, as the contract's plain objects. */
function mutable(report: AnonymityReport): Omit<AnonymityView, 'notCovered' | 'asked' | 'holds'> {
  return {
    ...report,
    ...copyOf(report),
    quasiIdentifiers: [...report.quasiIdentifiers],
    without: report.without.map(({ field, ...anonymity }) => ({ field, ...copyOf(anonymity) })),
  }
}

function copyOf({ k, classes, diversity }: Pick<AnonymityReport, 'k' | 'classes' | 'diversity'>) {
  return {
    k,
    classes: classes.map(one => ({ ...one })),
    diversity: diversity.map(one => ({ ...one })),
  }
}

function leastL({ diversity }: AnonymityView): number | null {
  return diversity.length === 0 ? null : Math.min(...diversity.map(({ distinct }) => distinct))
}

function rulesForPictures(dataset: string): Refusal {
  return new Refusal('input-invalid', `${dataset} holds pictures: there are no fields to give rules for`, {
    hint: 'Export it without rules. Metadata are taken out; of what the pictures show nothing is promised.',
    path: 'rules',
  })
}

function noReport(dataset: string): Refusal {
  return new Refusal('input-invalid', `${dataset} holds pictures, of which there is no such report`, {
    hint: 'Say where to write them: what is taken out of them is reported then.',
    path: 'path',
  })
}
