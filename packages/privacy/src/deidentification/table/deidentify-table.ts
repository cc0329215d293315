import {
  cellOf,
  createDeidentifier,
  type DeidentifierOptions,
  type PlainRecord,
} from '../rules/deidentifier.ts'
import type { RuleName } from '../rules/rules.ts'
import { type AnonymityReport, anonymityReport } from './anonymity-report.ts'
import { assertAnonymous } from './assert-anonymous.ts'

export interface DeidentifiedTable {
  readonly rows: readonly PlainRecord[]
  readonly report: AnonymityReport
  /** Fields that are in the rows and of which the report says nothing; free text is among them. */
  readonly notCovered: readonly string[]
}

/**
 * A table as the recipient may have it. Throws `agreement-refused` under the k or l of the rules, `value-invalid` for
 * a cell that its rule cannot read, `input-invalid` for rules that are not total over the fields.
 */
export function deidentifyTable(
  records: readonly PlainRecord[],
  options: DeidentifierOptions,
): DeidentifiedTable {
  const { rules } = options
  const rows = records.map(createDeidentifier(options))
  const { person } = rules
  const persons = person === undefined ? undefined : records.map(record => cellOf(record, person))
  const report = anonymityReport({ ...rules, rows, persons })
  assertAnonymous(report, rules)
  const left: readonly RuleName[] = ['drop', 'keyed-hash'] // a hash tells no more than which rows belong together
  const covered = [...rules.quasiIdentifiers, ...rules.sensitive]
  const notCovered = rules.fields
    .filter(({ field, rule }) => !left.includes(rule) && !covered.includes(field))
    .map(({ field }) => field)
  return { rows, report, notCovered }
}
