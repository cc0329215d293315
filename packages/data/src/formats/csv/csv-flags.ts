import { Refusal } from '@consort/protocol'
import type { Given } from '../flags.ts'
import { listed } from '../listed.ts'
import { featuresFlag, labelFlag, missingFlag } from '../table-flags.ts'
import { csvFile } from './csv-file.ts'

/** `--csv FILE --label COLUMN`, and what of it is used. */
export const csvFlags = {
  files: csvFile,
  others: [labelFlag, featuresFlag, missingFlag],
  sourceOf(given: Given) {
    const label = given(labelFlag)
    if (label === undefined) {
      throw new Refusal('input-invalid', '--csv needs --label or --mapping', {
        hint: 'Name the column that is to be predicted, or the mapping to the agreed schema.',
      })
    }
    const [features, missing] = [given(featuresFlag), given(missingFlag)]
    return {
      kind: 'csv' as const,
      path: given(csvFile) ?? '',
      label,
      ...(features !== undefined && { features: listed(features) }),
      ...(missing !== undefined && { missing: listed(missing) }),
    }
  },
}
