import { type DataSource, findingText, isTranslated } from '@consort/data'
import { type ConformanceView, Refusal } from '@consort/protocol'
import { agreedSchema } from './agreed-schema.ts'
import type { DatasetContext } from './context.ts'

/** What a mapping makes of a file, field by field, without registering anything. */
export async function checkDataset(
  context: Parameters<typeof agreedSchema>[0] & Pick<DatasetContext, 'readings'>,
  { dataset, source }: { dataset: string; source: DataSource },
): Promise<ConformanceView> {
  if (!isTranslated(source)) {
    throw new Refusal('input-invalid', 'Only a mapping can conform to a schema', {
      hint: 'Name the mapping: consort dataset check NAME --csv FILE --mapping FILE',
    })
  }
  const report = await context.readings.conformance(source, await agreedSchema(context, dataset))
  return {
    conforms: report.conforms,
    records: report.records,
    withoutLabel: report.unlabelled,
    fields: [report.label, ...report.fields].map(field => ({
      field: field.field,
      column: field.column,
      recorded: field.recorded,
      missing: field.missing,
      findings: field.findings.map(finding => ({
        kind: finding.kind,
        level: finding.level,
        ...findingText(field, finding),
      })),
    })),
  }
}
