import { Refusal } from '@consort/protocol'
import type { Finding } from './finding.ts'

/** How one field fared. The counts are of cells. */
export interface FieldReport {
  readonly field: string
  /** Where the mapping speaks of it: `fields.age`, or `label`. */
  readonly path: string
  /** null for a field that the mapping says is absent. */
  readonly column: string | null
  readonly records: number
  /** All but the missing ones, whether they can be used or not. */
  readonly recorded: number
  readonly missing: number
  readonly outside: number
  readonly notNumbers: number
  readonly unknownCodes: number
  readonly findings: readonly Finding[]
}

/**
 * What a mapping makes of a file, for the operator of this node alone: unknown codes are the only cells that it may
 * show, and counts of a few records can say much about one of them.
 */
export interface ConformanceReport {
  readonly dataset: string
  /** Records with a label; the others are left out. */
  readonly records: number
  readonly unlabelled: number
  /** Without findings that are errors. */
  readonly conforms: boolean
  /** In the order of the schema; over the records with a label. */
  readonly fields: readonly FieldReport[]
  /** Over all records of the file. */
  readonly label: FieldReport
}

/** Throws `data-mismatch` with the first error: field, finding and what to write into the mapping. No cell is told. */
export function requireConformance({ fields, label }: ConformanceReport): void {
  const errors = [label, ...fields].flatMap(report =>
    report.findings
      .filter(({ level }) => level === 'error')
      .map(finding => ({ path: report.path, ...findingText(report, finding) })),
  )
  const [first] = errors
  if (first === undefined) return
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more findings)`
  throw new Refusal('data-mismatch', `${first.what}${more}`, { path: first.path, hint: first.hint })
}

/** A finding in words: what was found, and what to do. Tells counts and the schema, never a cell but 0. */
export function findingText(
  report: Pick<FieldReport, 'field' | 'path' | 'column'>,
  finding: Finding,
): { what: string; hint: string } {
  const { says, hint } = wordsFor(finding, report.path)
  return { what: `${report.field} (column ${report.column}): ${says}`, hint }
}

function wordsFor(finding: Finding, path: string): { says: string; hint: string } {
  switch (finding.kind) {
    case 'zero-means-missing':
      return {
        says: `${finding.cells} cells are 0, which the schema's range excludes: does 0 mean "not recorded"?`,
        hint: `Add \`missing: ['0']\` to ${path} of the mapping, or ask the consortium to widen its range.`,
      }
    case 'zero-suspect':
      return {
        says: `${finding.cells} cells are 0, far from all others`,
        hint: `If 0 means "not recorded" here, add \`missing: ['0']\` to ${path} of the mapping.`,
      }
    case 'wrong-unit':
      return {
        says: `${finding.cells} numbers lie outside the schema's range, and nearly all fit as ${finding.units.join(' or ')}`,
        hint: `If the column is recorded so, write \`unit: ${finding.units[0]}\` in ${path} of the mapping.`,
      }
    case 'outside':
      return outsideWords(finding, path)
    case 'not-a-number':
      return {
        says: `${finding.cells} cells are no numbers`,
        hint: `Write digits with a decimal point; what means "not recorded" goes into \`missing\` in ${path} of the mapping.`,
      }
    case 'unknown-codes':
      return {
        says: `the mapping has no code for ${finding.cells} cells`,
        hint: `Add them to \`codes\` in ${path} of the mapping, or to \`missing\` if they mean "not recorded".`,
      }
    case 'constant':
      return {
        says: `all ${finding.cells} recorded cells are the same`,
        hint: 'Is it the right column? A field that never changes teaches nothing.',
      }
    case 'all-missing':
      return {
        says: 'nothing is recorded',
        hint:
          path === 'label'
            ? 'Is it the right column? Records without a label cannot be used.'
            : `Is it the right column? If it is not recorded here, write \`absent\` for ${path}.`,
      }
  }
}

function outsideWords(finding: Extract<Finding, { kind: 'outside' }>, path: string) {
  const { cells, zeros, level, range } = finding
  const says = `${cells} numbers lie outside the schema's range of ${range.min} to ${range.max} ${range.unit}`
  if (level === 'warning') {
    return { says, hint: 'They are left out as missing, as the mapping says.' }
  }
  const asMissing = zeros === cells ? "`missing: ['0']`" : '`outside: missing`'
  return {
    says,
    hint: `Correct them, add ${asMissing} to ${path} of the mapping to leave them out, or ask the consortium to widen its range.`,
  }
}
