import type { TableSchema } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import { type Column, distinctTexts, type TextColumn, textAt } from '@consort/records'
import type { Columns } from '../csv/read-columns.ts'
import { type CategoryTranslation, checkMapping, type Translation } from './check-mapping.ts'
import type { ConformanceReport, FieldReport } from './conformance.ts'
import { findingsOf } from './findings.ts'
import type { Mapping } from './mapping.ts'
import type { TranslatedColumn } from './tally.ts'
import { translateColumn } from './translate-column.ts'

export interface Harmonised {
  /**
   * The schema's fields in its order, in its units (shortest decimal text) and codes; the label in its codes. Cells
   * that cannot be used are missing, so train on it only if the report conforms.
   */
  readonly dataset: TableDataset
  readonly report: ConformanceReport
}

/**
 * Translates the columns of one node's file into the consortium's table. Records without a label are left out and
 * counted. Throws as `checkMapping` does; what the cells show is in the report.
 */
export function harmonise(columns: Columns, mapping: Mapping, schema: TableSchema): Harmonised {
  const { fields, label } = checkMapping(mapping, schema)
  const all = Int32Array.from({ length: columns.count }, (_, row) => row)
  const labels = translateColumn(label, cellsOf(columns, label.column), all)
  const rows = all.filter(row => textAt(labels.cells, row) !== null)
  const translated = fields.map(translation => translateField(translation, columns, rows))
  const reports = translated.map(({ report }) => report)
  const labelReport = reportLabel(label, labels)
  return {
    dataset: {
      kind: 'table',
      count: rows.length,
      columns: fields.map(({ field }) => field.name),
      cells: translated.map(({ cells }) => cells),
      label: atRows(distinctTexts(labels.cells), rows),
    },
    report: {
      dataset: schema.dataset,
      records: rows.length,
      unlabelled: labels.tally.missing,
      conforms: [...reports, labelReport].every(({ findings }) =>
        findings.every(({ level }) => level === 'warning'),
      ),
      fields: reports,
      label: labelReport,
    },
  }
}

function translateField(
  translation: Translation,
  columns: Columns,
  rows: Int32Array,
): { cells: Column; report: FieldReport } {
  const path = `fields.${translation.field.name}`
  if (translation.kind === 'absent') {
    const cells: Column = { kind: 'texts', codes: new Int32Array(rows.length).fill(-1), values: [] }
    return { cells, report: absentReport(translation.field.name, path, rows.length) }
  }
  const translated = translateColumn(translation, cellsOf(columns, translation.column), rows)
  return { cells: translated.cells, report: reportOf(translation, translated, path) }
}

function cellsOf({ byName }: Columns, column: string): Column {
  const cells = byName.get(column)
  if (cells === undefined) throw new RangeError(`The column ${column} was not read`)
  return cells
}

function atRows({ codes, values }: TextColumn, rows: Int32Array): TextColumn {
  return { kind: 'texts', codes: rows.map(row => codes[row]!), values }
}

function reportOf(
  translation: Exclude<Translation, { kind: 'absent' }>,
  translated: TranslatedColumn,
  path: string,
): FieldReport {
  const { records, missing, outside, notNumbers, unknownCodes } = translated.tally
  return {
    field: translation.field.name,
    path,
    column: translation.column,
    records,
    recorded: records - missing,
    missing,
    outside,
    notNumbers,
    unknownCodes: [...unknownCodes.values()].reduce((sum, count) => sum + count, 0),
    findings: findingsOf(translation, translated),
  }
}

/** Without a single label there is no data set. */
function reportLabel(label: CategoryTranslation, labels: TranslatedColumn): FieldReport {
  const report = reportOf(label, labels, 'label')
  const findings = report.findings.map(finding =>
    finding.kind === 'all-missing' ? { ...finding, level: 'error' as const } : finding,
  )
  return { ...report, findings }
}

function absentReport(field: string, path: string, records: number): FieldReport {
  const none = { recorded: 0, outside: 0, notNumbers: 0, unknownCodes: 0, findings: [] }
  return { field, path, column: null, records, missing: records, ...none }
}
